#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window from its first start to its end: welcome, the demo, every pane by keyboard, a clean quit."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402


class Window(UiTest):
    def test_first_start(self):
        app = self.start()
        app.find('push button', 'Connect to a stream…')
        app.find('push button', 'Try the demo').click()
        app.find('list item', 'Live')
        app.find('label', 'orders')
        for number, title in ((2, 'Historical'), (3, 'Merged'), (1, 'Live')):
            app.show_pane(number, title)
        self.assertEqual(app.quit(), 0, app.output())

    def resized(self, app, number, size):
        """As by dragging: what has become narrower may then become narrower still."""
        app.xdotool('windowsize', number, *size)
        return app.size(number) == size

    def largest(self, app):
        """The window itself, and not a tooltip."""
        def area(number):
            width, height = app.size(number)
            return width * height
        return max(app.window_ids(), key=area)

    def test_narrow(self):
        """Every pane fits the narrowest window, and gets there from a wide one."""
        app = self.start()
        app.find('push button', 'Try the demo').click()
        app.find('label', 'orders')
        number = self.largest(app)
        for size in ((1400, 900), (360, 480)):
            for key in range(1, 8):
                app.key(f'ctrl+{key}')
                app.until(lambda: self.resized(app, number, size), f'pane {key} does not fit {size}')
        app.find('push button', 'Sidebar')
        self.assertEqual(app.quit(), 0, app.output())

    def test_shortcuts_window(self):
        app = self.start()
        app.find('push button', 'Try the demo')
        app.key('ctrl+question')
        app.find('label', 'Export what is shown as CSV')
        app.key('Escape')
        app.wait_gone('label', 'Export what is shown as CSV')
        self.assertEqual(app.quit(), 0, app.output())


main()
