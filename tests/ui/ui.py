# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window's tests share: a virtual display and session bus of their own, the application started in a
temporary home, and its widgets found and pressed through accessibility. Nothing sleeps for a fixed time: every wait
asks the accessibility tree again until what is waited for is there, or fails at a deadline with a picture of the
screen and the tree as text in meson-logs/ui (or TIDEMARK_UI_OUT).

A test program is unittest, and ends with main():

    class Welcome(UiTest):
        def test_demo(self):
            app = self.start()
            app.find('push button', 'Try the demo').click()
            app.wait('label', 'Live')
            self.assertEqual(app.quit(), 0)

    main()

Roles are those of GTK 4 as AT-SPI names them ("push button", "toggle button", "text", "check box" for a switch, "list
item", "combo box", "tree table", "label", "frame", "dialog"); names are exact text, a compiled pattern or a function. TIDEMARK_UI_KEEP=1
keeps the temporary folder."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SKIP = 77  # meson's exit status for a test that was skipped
DEADLINE = float(os.environ.get('TIDEMARK_UI_DEADLINE', '60'))
POLL = 0.1

try:
    import gi
    gi.require_version('Atspi', '2.0')
    from gi.repository import Atspi, GLib
    MISSING = None
except (ImportError, ValueError) as error:
    MISSING = f'python3-pyatspi is not installed ({error})'


def missing():
    """Why no window can be tested here, or None."""
    if MISSING:
        return MISSING
    for program, package in (('Xvfb', 'xvfb'), ('xdotool', 'xdotool'), ('dbus-run-session', 'dbus')):
        if not shutil.which(program):
            return f'{program} is not installed (package {package})'
    if not os.path.exists('/usr/libexec/at-spi-bus-launcher'):
        return 'the accessibility bus is not installed (package at-spi2-core)'
    return None


def gone(error):
    """Whether @error only says that a widget went away, or was too busy to answer, while it was asked."""
    return isinstance(error, GLib.Error)


class Node:
    """One widget as a screen reader sees it."""

    def __init__(self, app, accessible):
        self.app = app
        self.accessible = accessible

    def __repr__(self):
        return f'<{self.role} {self.name!r}>'

    @property
    def role(self):
        return self.accessible.get_role_name()

    @property
    def name(self):
        return self.accessible.get_name() or ''

    @property
    def description(self):
        return self.accessible.get_description() or ''

    def has(self, state):
        return self.accessible.get_state_set().contains(getattr(Atspi.StateType, state.upper()))

    @property
    def shown(self):
        _, _, width, height = self.extents
        return self.has('visible') and width > 0 and height > 0

    @property
    def extents(self):
        """x, y, width, height in the window."""
        try:
            box = Atspi.Component.get_extents(self.accessible, Atspi.CoordType.WINDOW)
        except GLib.Error:
            return 0, 0, 0, 0
        return box.x, box.y, box.width, box.height

    @property
    def children(self):
        found = []
        for i in range(self.accessible.get_child_count()):
            child = self.accessible.get_child_at_index(i)
            if child is not None:
                found.append(Node(self.app, child))
        return found

    @property
    def parent(self):
        parent = self.accessible.get_parent()
        return Node(self.app, parent) if parent is not None else None

    def walk(self):
        """This widget and all below it that have a size, parents first. What goes away meanwhile is left out."""
        yield self
        try:
            _, _, width, height = self.extents
            if (width <= 0 or height <= 0) and self.role not in ('panel', 'application'):
                return  # not shown, and nothing in it is: most of the tree, and each widget costs a round trip
            children = self.children
            if (width <= 0 or height <= 0) and self.role == 'panel' and len(children) != 1:
                return  # a page of a stack has no size, but one child
        except GLib.Error:
            return
        for child in children:
            try:
                yield from child.walk()
            except GLib.Error:
                continue

    def matching(self, role=None, name=None, where=None):
        for node in self.walk():
            try:
                if role is not None and node.role != role:
                    continue
                if name is not None and not matches(name, node.name):
                    continue
                if where is not None and not where(node):
                    continue
                if role != 'application' and not node.shown:
                    continue
            except GLib.Error:
                continue
            yield node

    def get(self, role=None, name=None, where=None):
        """The first that is shown now, or None."""
        return next(self.matching(role, name, where), None)

    def all(self, role=None, name=None, where=None):
        return list(self.matching(role, name, where))

    def find(self, role=None, name=None, where=None, deadline=None):
        """The first that is shown, waited for."""
        wanted = f'{role or "widget"} {getattr(name, "pattern", name) or ""}'
        return self.app.until(lambda: self.get(role, name, where), f'no {wanted}', deadline)

    wait = find

    def wait_gone(self, role=None, name=None, where=None, deadline=None):
        self.app.until(lambda: self.get(role, name, where) is None, f'{role} {name} is still there', deadline)

    # What a person does

    def click(self):
        """Presses it through accessibility when it can be pressed so, else with the pointer."""
        self.app.until(lambda: self.has('sensitive'), f'{self!r} is not sensitive')
        action = self.accessible.get_action_iface()
        if action is not None and self.role not in ('list item', 'combo box', 'tree table'):
            for i in range(action.get_n_actions()):
                if action.get_action_name(i) in ('click', 'clicked', 'activate', 'press', 'toggle'):
                    if action.do_action(i):
                        return
        self.point()

    def point(self, button=1, double=False):
        """Clicks its middle with the pointer (rows, combos and column headers know no other way)."""
        x, y = self.app.on_screen(self)
        self.app.xdotool('mousemove', x, y)
        self.app.xdotool('click', *(('--repeat', 2, '--delay', 40) if double else ()), button)

    def focus(self):
        self.accessible.get_component_iface().grab_focus()
        return self

    @property
    def text(self):
        iface = self.accessible.get_text_iface()
        if iface is None:
            return self.name
        return Atspi.Text.get_text(self.accessible, 0, Atspi.Text.get_character_count(self.accessible))

    def set_text(self, text):
        """Replaces the text of an entry."""
        target = self if self.accessible.get_editable_text_iface() is not None else self.find(
            where=lambda n: n.accessible.get_editable_text_iface() is not None)
        if not Atspi.EditableText.set_text_contents(target.accessible, text):
            raise AssertionError(f'{target!r} takes no text')
        self.app.until(lambda: target.text == text, f'{target!r} does not say {text!r} but {target.text!r}')
        return self

    @property
    def value(self):
        return Atspi.Value.get_current_value(self.accessible)

    @value.setter
    def value(self, value):
        Atspi.Value.set_current_value(self.accessible, value)

    def choose(self, title):
        """Opens a combo or drop-down and takes the choice called @title."""
        self.point()
        item = self.app.find('list item', title, where=lambda n: n.shown)
        item.point()

    def dump(self, depth=0):
        lines = []
        try:
            states = [s for s in ('sensitive', 'focused', 'checked', 'selected', 'pressed', 'expanded') if self.has(s)]
            lines.append(f'{"  " * depth}{self.role} {self.name!r} {self.extents} {" ".join(states)}')
            for child in self.children:
                lines.extend(child.dump(depth + 1))
        except GLib.Error as error:
            lines.append(f'{"  " * depth}({error.message})')
        return lines


def matches(wanted, name):
    if callable(wanted):
        return wanted(name)
    return bool(wanted.search(name)) if isinstance(wanted, re.Pattern) else wanted == name


class App(Node):
    """The application, running."""

    def __init__(self, test, program, *arguments, env=None):
        super().__init__(self, None)
        self.test = test
        self.errors_path = os.path.join(test.tmp, f'errors-{len(test.apps)}')
        self.errors = open(self.errors_path, 'w+', encoding='utf-8', errors='replace')
        self.process = subprocess.Popen([program, *map(str, arguments)], env={**os.environ, **test.env, **(env or {})},
                                        stdout=self.errors, stderr=subprocess.STDOUT)
        self.until(self.appear, 'the window did not open')

    def appear(self):
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            accessible = desktop.get_child_at_index(i)
            if accessible is not None and accessible.get_process_id() == self.process.pid \
                    and accessible.get_child_count() > 0:
                self.accessible = accessible
                return True
        return False

    def until(self, condition, complaint, deadline=None):
        """What @condition returns once it is true. A dead application fails at once."""
        end = time.monotonic() + (deadline or DEADLINE)
        context = GLib.MainContext.default()
        while True:
            while context.pending():
                context.iteration(False)
            try:
                if self.accessible is not None:
                    self.accessible.clear_cache()
                result = condition()
                if result:
                    return result
            except GLib.Error as error:
                if not gone(error):
                    raise
            if self.process.poll() is not None and self.accessible is not None:
                raise AssertionError(f'{complaint}: the application ended with {self.process.returncode}:\n'
                                     + self.output())
            if self.process.poll() is not None:
                raise AssertionError(f'the application ended with {self.process.returncode}:\n' + self.output())
            if time.monotonic() > end:
                raise AssertionError(complaint + self.test.keep_evidence(self))
            time.sleep(POLL)

    def output(self):
        """What it wrote to standard output and error so far."""
        with open(self.errors_path, encoding='utf-8', errors='replace') as file:
            return file.read()

    # Pointer and keyboard

    def xdotool(self, *words):
        subprocess.run(['xdotool', *map(str, words)], check=True, capture_output=True, timeout=60)

    def key(self, *keys):
        """Presses keys in its newest window: 'ctrl+e', 'Escape'."""
        self.focus_newest()
        self.xdotool('key', '--clearmodifiers', *keys)

    def press_until(self, key, condition):
        """Presses @key once a second until @condition: where one press may come too early to mean what it should."""
        pressed = [0.0]

        def done():
            if condition():
                return True
            if time.monotonic() - pressed[0] > 1:
                self.key(key)
                pressed[0] = time.monotonic()
            return False
        self.until(done, f'{key} did not help')

    def focus_newest(self):
        """There is no window manager to do it. X numbers windows as they are made."""
        numbers = self.window_ids()
        if numbers:
            subprocess.run(['xdotool', 'windowfocus', '--sync', max(numbers, key=int)], check=False,
                           capture_output=True, timeout=60)

    def type(self, text):
        self.xdotool('type', '--delay', 5, text)

    def windows(self):
        """Its toplevels, the newest last."""
        return [node for node in self.children]

    def window_ids(self):
        found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--pid', str(self.process.pid)],
                               capture_output=True, text=True, check=False)
        return found.stdout.split()

    def size(self, number):
        """Width and height of the window @number of window_ids()."""
        shell = subprocess.run(['xdotool', 'getwindowgeometry', '--shell', number], capture_output=True, text=True,
                               check=True).stdout
        box = dict(line.split('=') for line in shell.splitlines())
        return int(box['WIDTH']), int(box['HEIGHT'])

    def on_screen(self, node):
        """The middle of @node on the screen."""
        x, y, width, height = node.extents
        top = node
        while top.parent is not None and top.parent.role != 'application':
            top = top.parent
        left, upper = self.origin(top)
        return left + x + width // 2, upper + y + height // 2

    def origin(self, top):
        """Where the toplevel @top begins on the screen, found by its size: AT-SPI knows only positions in a window."""
        _, _, width, height = top.extents
        best = None
        for number in self.window_ids():
            shell = subprocess.run(['xdotool', 'getwindowgeometry', '--shell', number], capture_output=True, text=True,
                                   check=False).stdout
            box = dict(line.split('=') for line in shell.splitlines())
            if not box:
                continue
            apart = abs(int(box['WIDTH']) - width) + abs(int(box['HEIGHT']) - height)
            if best is None or apart <= best[0]:
                best = apart, int(box['X']), int(box['Y'])
        return best[1:] if best else (0, 0)

    def picture(self, path):
        """The whole screen as PNG, when ImageMagick is there."""
        if shutil.which('import'):
            subprocess.run(['import', '-window', 'root', path], check=False, capture_output=True, timeout=60)
        return path

    # The end

    def quit(self):
        """Ctrl+Q; its exit status."""
        self.key('ctrl+q')
        return self.wait_ended()

    def wait_ended(self, deadline=None):
        try:
            return self.process.wait(timeout=deadline or DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError('the application did not end' + self.test.keep_evidence(self)) from None

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=60)
        self.errors.close()


class UiTest(unittest.TestCase):
    """A temporary home for each test; whatever was started is ended with it."""

    def setUp(self):
        self.tmp = tempfile.mkdtemp(prefix='tidemark-ui-')
        self.apps = []
        self.workspace = os.path.join(self.tmp, 'ws')
        self.env = {
            'HOME': self.tmp,
            'XDG_CONFIG_HOME': os.path.join(self.tmp, 'config'),
            'XDG_DATA_HOME': os.path.join(self.tmp, 'data'),
            'XDG_CACHE_HOME': os.path.join(self.tmp, 'cache'),
            'GSK_RENDERER': os.environ.get('GSK_RENDERER', 'cairo'),
            'GDK_BACKEND': 'x11',
            'GTK_A11Y': 'atspi',
            'GSETTINGS_BACKEND': 'memory',
            'GTK_USE_PORTAL': '0',
            'LC_ALL': 'C.UTF-8',
        }

    def tearDown(self):
        outcome = getattr(self, '_outcome', None)
        failed = outcome is not None and not outcome.success
        for app in self.apps:
            if failed and app.process.poll() is None:
                print(self.keep_evidence(app), file=sys.stderr)
            app.end()
        if os.environ.get('TIDEMARK_UI_KEEP') != '1':
            shutil.rmtree(self.tmp, ignore_errors=True)

    def start(self, *arguments, env=None, program=None):
        """The application, once its window is there; @program: what ends by executing it in its place."""
        app = App(self, program or os.environ['TIDEMARK_APP'], *arguments, env=env)
        self.apps.append(app)
        return app

    def keep_evidence(self, app):
        """A picture and the tree as text, for whoever has to find out why; where they are."""
        folder = os.environ.get('TIDEMARK_UI_OUT', os.path.join(tempfile.gettempdir(), 'tidemark-ui'))
        os.makedirs(folder, exist_ok=True)
        base = os.path.join(folder, self.id().replace('__main__.', ''))
        app.picture(base + '.png')
        with open(base + '.txt', 'w', encoding='utf-8') as file:
            if app.accessible is not None:
                file.write('\n'.join(app.dump()) + '\n')
            file.write(app.output())
        return f' (see {base}.png and .txt)'

    def write_workspace(self, text, folder=None):
        folder = folder or self.workspace
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, 'workspace.conf'), 'w', encoding='utf-8') as file:
            file.write(text)

    def read_workspace(self, folder=None):
        with open(os.path.join(folder or self.workspace, 'workspace.conf'), encoding='utf-8') as file:
            return file.read()

    def cli(self, *words, check=True):
        """Runs tidemark-cli; its standard output, or with check=False the finished process."""
        done = subprocess.run([os.environ['TIDEMARK_CLI'], *map(str, words)], capture_output=True, text=True,
                              check=False, timeout=120, env={**os.environ, **self.env})
        if check and done.returncode != 0:
            raise AssertionError(f'{words}: exit {done.returncode}: {done.stderr}')
        return done.stdout if check else done


def run_inside(size):
    """This program again, on a display and a session bus of its own; its exit status."""
    read, write = os.pipe()
    display = subprocess.Popen(['Xvfb', '-displayfd', str(write), '-screen', '0', f'{size}x24', '-nolisten', 'tcp'],
                               pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            number = numbers.readline().strip()
        if not number:
            print('Xvfb did not start')
            return SKIP
        env = {**os.environ, 'DISPLAY': ':' + number, 'TIDEMARK_UI_INSIDE': '1'}
        env.pop('WAYLAND_DISPLAY', None)
        env.pop('DBUS_SESSION_BUS_ADDRESS', None)
        return subprocess.run(['dbus-run-session', '--', sys.executable, *sys.argv], env=env, check=False).returncode
    finally:
        display.send_signal(signal.SIGTERM)
        display.wait(timeout=30)


def main(size='1400x900'):
    why = missing()
    if why:
        print(why)
        sys.exit(SKIP)
    if os.environ.get('TIDEMARK_UI_INSIDE') != '1':
        sys.exit(run_inside(size))
    Atspi.set_timeout(5000, 20000)
    Atspi.init()
    unittest.main(verbosity=2, warnings='ignore')
