# SPDX-License-Identifier: GPL-3.0-or-later
"""The accessibility tree of an application, read in bulk over D-Bus.

libatspi asks for one fact of one widget at a time: some thousand round trips for a window, seconds on a busy machine. A Tree
asks a level at a time, all widgets of it at once, and only below what is shown. (GTK's org.a11y.atspi.Cache would answer all
in one call, but does not tell what is hidden, and leaves out what nobody has asked for yet.)"""
from gi.repository import Atspi, Gio, GLib

ACCESSIBLE = 'org.a11y.atspi.Accessible'
COMPONENT = 'org.a11y.atspi.Component'
PROPERTIES = 'org.freedesktop.DBus.Properties'
ROOT = '/org/a11y/atspi/accessible/root'
IN_WINDOW = GLib.Variant('(u)', (1,))
TIMEOUT_MS = 30000


def has_state(states, name):
    bit = int(getattr(Atspi.StateType, name.upper()))
    return bool(states[bit // 32] >> bit % 32 & 1)


class Bus:
    """The accessibility bus, and one application on it once @name is set."""

    def __init__(self):
        session = Gio.bus_get_sync(Gio.BusType.SESSION)
        address = session.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress', None, None, 0,
                                    TIMEOUT_MS, None).unpack()[0]
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        self.name = None
        self.roles = {}  # by path: they never change

    def call(self, path, interface, method, words=None, name=None):
        return self.connection.call_sync(name or self.name, path, interface, method, words, None, 0, TIMEOUT_MS,
                                         None).unpack()

    def get(self, path, interface, key):
        return self.call(path, PROPERTIES, 'Get', GLib.Variant('(ss)', (interface, key)))[0]

    def call_each(self, paths, interface, method, words=None):
        """The answer of each of @paths, asked all at once; None where there is none (it went away)."""
        answers = [None] * len(paths)
        waiting = len(paths)

        def on_answer(connection, result, at):
            nonlocal waiting
            waiting -= 1
            try:
                answers[at] = connection.call_finish(result).unpack()
            except GLib.Error:
                pass

        for at, path in enumerate(paths):
            self.connection.call(self.name, path, interface, method, words, None, 0, TIMEOUT_MS, None, on_answer, at)
        while waiting > 0:
            GLib.MainContext.default().iteration(True)
        return answers

    def learn_roles(self, paths):
        paths = [path for path in paths if path not in self.roles]
        for path, answer in zip(paths, self.call_each(paths, ACCESSIBLE, 'GetRole')):
            self.roles[path] = Atspi.role_get_name(Atspi.Role(answer[0])) if answer else 'invalid'

    def find_application(self, pid):
        """Whether the application of process @pid is there; from then on it is the one that is asked."""
        for name, _path in self.call(ROOT, ACCESSIBLE, 'GetChildren', name='org.a11y.atspi.Registry')[0]:
            owner = self.call('/org/freedesktop/DBus', 'org.freedesktop.DBus', 'GetConnectionUnixProcessID',
                              GLib.Variant('(s)', (name,)), name='org.freedesktop.DBus')[0]
            if owner == pid:
                self.name = name
                return True
        return False


class Tree:
    """What is shown of @top and below it at one moment: paths, parents first, with a box and a role each."""

    def __init__(self, bus, top):
        self.bus = bus
        self.below = {}
        self.boxes = {}
        self.lists = {}  # that a row is in
        level = [top]
        while level:
            self.measure(level)
            children = dict(zip(level, bus.call_each(level, ACCESSIBLE, 'GetChildren')))
            self.bus.learn_roles(level)
            for path in level:
                self.below[path] = [child for _, child in children[path][0]] if children[path] else []
                if bus.roles[path] in ('tree table', 'list'):
                    self.lists.update((child, path) for child in self.below[path])
                elif self.is_scrolled_away(path):
                    self.below[path] = []
            level = [child for path in level if self.is_open(path) for child in self.below[path]]

    def is_scrolled_away(self, path):
        """Whether it is a row above or below what its table shows: a table keeps some hundred of these."""
        if path not in self.lists or self.bus.roles[path] != 'table row':
            return False
        (_, top, _, height), (_, its_top, _, its_height) = self.boxes[path], self.boxes[self.lists[path]]
        return top + height <= its_top or top >= its_top + its_height

    def measure(self, paths):
        for path, answer in zip(paths, self.bus.call_each(paths, COMPONENT, 'GetExtents', IN_WINDOW)):
            self.boxes[path] = answer[0] if answer else (0, 0, 0, 0)

    def is_shown(self, path):
        _, _, width, height = self.boxes[path]
        return path == ROOT or (width > 0 and height > 0)

    def is_open(self, path):
        """Whether what is below may be shown. A page of a stack has no size, but one child."""
        return self.is_shown(path) or (self.bus.roles[path] == 'panel' and len(self.below[path]) == 1)

    def walk(self, path):
        if path not in self.boxes:
            return  # below what is not shown
        if self.is_shown(path):
            yield path
        for child in self.below[path]:
            yield from self.walk(child)

    def names(self, paths):
        answers = self.bus.call_each(paths, PROPERTIES, 'Get', GLib.Variant('(ss)', (ACCESSIBLE, 'Name')))
        return [answer[0] if answer else '' for answer in answers]
