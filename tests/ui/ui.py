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

ACTION = 'org.a11y.atspi.Action'
EDITABLE = 'org.a11y.atspi.EditableText'
TEXT = 'org.a11y.atspi.Text'
VALUE = 'org.a11y.atspi.Value'
PRESSES = ('click', 'clicked', 'activate', 'press', 'toggle')
SKIP = 77  # meson's exit status for a test that was skipped
DEADLINE = float(os.environ.get('TIDEMARK_UI_DEADLINE', '180'))
POLL = 0.1

try:
    import gi
    gi.require_version('Atspi', '2.0')
    from gi.repository import GLib
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from tree import ACCESSIBLE, COMPONENT, IN_WINDOW, PROPERTIES, ROOT, Bus, Tree, has_state
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


class Node:
    """One widget as a screen reader sees it."""

    def __init__(self, app, path):
        self.app = app
        self.path = path

    def __repr__(self):
        try:
            return f'<{self.role} {self.name!r}>'
        except GLib.Error:
            return f'<{self.path}, gone>'

    @property
    def role(self):
        self.app.bus.learn_roles([self.path])
        return self.app.bus.roles[self.path]

    @property
    def name(self):
        return self.app.bus.get(self.path, ACCESSIBLE, 'Name')

    @property
    def description(self):
        return self.app.bus.get(self.path, ACCESSIBLE, 'Description')

    @property
    def interfaces(self):
        return [name.rpartition('.')[2] for name in self.app.bus.call(self.path, ACCESSIBLE, 'GetInterfaces')[0]]

    def has(self, state):
        return has_state(self.app.bus.call(self.path, ACCESSIBLE, 'GetState')[0], state)

    @property
    def extents(self):
        """x, y, width, height in the window."""
        try:
            return self.app.bus.call(self.path, COMPONENT, 'GetExtents', IN_WINDOW)[0]
        except GLib.Error:
            return 0, 0, 0, 0

    @property
    def children(self):
        return [Node(self.app, path) for _, path in self.app.bus.call(self.path, ACCESSIBLE, 'GetChildren')[0]]

    @property
    def parent(self):
        return Node(self.app, self.app.bus.get(self.path, ACCESSIBLE, 'Parent')[1])

    def matching(self, role=None, name=None, where=None):
        """What is below and shown at this moment, parents first. What goes away meanwhile is left out."""
        tree = Tree(self.app.bus, self.path)
        paths = [path for path in tree.walk(self.path) if role is None or self.app.bus.roles[path] == role]
        if name is not None:
            paths = [path for path, its in zip(paths, tree.names(paths)) if matches(name, its)]
        for path in paths:
            node = Node(self.app, path)
            try:
                if where is None or where(node):
                    yield node
            except GLib.Error:
                continue

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
        if self.role not in ('list item', 'combo box', 'tree table') and 'Action' in self.interfaces:
            for i in range(self.app.bus.get(self.path, ACTION, 'NActions')):
                number = GLib.Variant('(i)', (i,))
                if self.app.bus.call(self.path, ACTION, 'GetName', number)[0] in PRESSES:
                    if self.app.bus.call(self.path, ACTION, 'DoAction', number)[0]:
                        return
        self.point()

    def point(self, button=1, double=False):
        """Clicks its middle with the pointer (rows, combos and column headers know no other way)."""
        x, y = self.app.on_screen(self)
        self.app.xdotool('mousemove', x, y)
        self.app.xdotool('click', *(('--repeat', 2, '--delay', 40) if double else ()), button)

    @property
    def text(self):
        if 'Text' not in self.interfaces:
            return self.name
        length = self.app.bus.get(self.path, TEXT, 'CharacterCount')
        return self.app.bus.call(self.path, TEXT, 'GetText', GLib.Variant('(ii)', (0, length)))[0]

    def set_text(self, text):
        """Replaces the text of an entry."""
        target = self if 'EditableText' in self.interfaces else self.find(
            where=lambda node: 'EditableText' in node.interfaces)
        if not self.app.bus.call(target.path, EDITABLE, 'SetTextContents', GLib.Variant('(s)', (text,)))[0]:
            raise AssertionError(f'{target!r} takes no text')
        self.app.until(lambda: target.text == text, f'{target!r} does not say {text!r} but {target.text!r}')
        return self

    @property
    def value(self):
        return self.app.bus.get(self.path, VALUE, 'CurrentValue')

    @value.setter
    def value(self, value):
        self.app.bus.call(self.path, PROPERTIES, 'Set',
                          GLib.Variant('(ssv)', (VALUE, 'CurrentValue', GLib.Variant('d', value))))

    def choose(self, title):
        """Opens a combo and takes the choice called @title, by keyboard: a popover does not tell where it is."""
        self.app.focus_newest()
        self.point()
        self.app.until(lambda: self.get('list item', where=lambda item: item.has('focused')), f'{self!r} did not open')
        items = [item for item in self.all('list item') if item.get('label')][1:]  # the first shows what was chosen
        titles = [item.get('label').name for item in items]
        at = next(i for i, item in enumerate(items) if item.has('focused'))
        steps = titles.index(title) - at
        self.app.xdotool('key', *['Down' if steps > 0 else 'Up'] * abs(steps), 'Return')
        self.app.until(lambda: self.get('label', title) and not self.get('list item', where=lambda item: item.has('focused')),
                       f'{self!r} did not take {title}')

    def dump(self):
        tree = Tree(self.app.bus, self.path)
        names = dict(zip(tree.boxes, tree.names(list(tree.boxes))))
        states = dict(zip(tree.boxes, self.app.bus.call_each(list(tree.boxes), ACCESSIBLE, 'GetState')))

        def lines(path, depth):
            if path not in tree.boxes:
                return
            words = [word for word in ('sensitive', 'focused', 'checked', 'selected', 'pressed', 'expanded')
                     if states[path] and has_state(states[path][0], word)]
            yield f'{"  " * depth}{self.app.bus.roles[path]} {names[path]!r} {tuple(tree.boxes[path])} {" ".join(words)}'
            for child in tree.below[path]:
                yield from lines(child, depth + 1)
        return list(lines(self.path, 0))


def matches(wanted, name):
    if callable(wanted):
        return wanted(name)
    return bool(wanted.search(name)) if isinstance(wanted, re.Pattern) else wanted == name


class App(Node):
    """The application, running."""

    def __init__(self, test, program, *arguments, env=None):
        super().__init__(self, ROOT)
        self.bus = Bus()
        self.is_open = False
        self.test = test
        self.errors_path = os.path.join(test.tmp, f'errors-{len(test.apps)}')
        self.errors = open(self.errors_path, 'w+', encoding='utf-8', errors='replace')
        self.process = subprocess.Popen([program, *map(str, arguments)], env={**os.environ, **test.env, **(env or {})},
                                        stdout=self.errors, stderr=subprocess.STDOUT)
        self.until(self.appear, 'the window did not open')

    def appear(self):
        self.is_open = (self.bus.name is not None or self.bus.find_application(self.process.pid)) and bool(self.children)
        return self.is_open

    def until(self, condition, complaint, deadline=None):
        """What @condition returns once it is true. A dead application fails at once."""
        end = time.monotonic() + (deadline or DEADLINE)
        context = GLib.MainContext.default()
        while True:
            while context.pending():
                context.iteration(False)
            try:
                result = condition()
                if result:
                    return result
            except GLib.Error:
                pass  # a widget went away, or was too busy to answer, while it was asked
            if self.process.poll() is not None:
                raise AssertionError(f'{complaint}: the application ended with {self.process.returncode}:\n'
                                     + self.output())
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

    def show_pane(self, number, title):
        """Ctrl and the @number of the pane called @title."""
        self.press_until(f'ctrl+{number}',
                         lambda: self.get('list item', title, where=lambda node: node.has('selected')))

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
        while (parent := top.parent).path != ROOT:
            top = parent
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
            if app.is_open and app.process.poll() is None:
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
    """This program again, on a display and a session bus of its own; its exit status. The display's number is that of no
    other process, and it does not begin anew (deaf for a moment) when its last client ends, as it does between tests."""
    read, write = os.pipe()
    display = subprocess.Popen(['Xvfb', f':{100 + os.getpid() % 50000}', '-displayfd', str(write), '-screen', '0',
                                f'{size}x24', '-nolisten', 'tcp', '-noreset'], pass_fds=[write], stderr=subprocess.DEVNULL)
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
    unittest.main(verbosity=2, warnings='ignore')
