#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts in the window: a rule fires, the bell counts it, the desktop is told and a click on that opens the rule; it is
acknowledged, back-tested, silenced and brought back; a new rule is made and its mistakes are said."""
import datetime
import json
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ui import UiTest, main  # noqa: E402

CONF = '''[workspace]
version=1
name=Alarm
[source s]
kind=file
path=events.ndjson
follow=true
stream=s
[stream s]
time=at
lateness=0s
[field s.at]
type=time
[field s.x]
type=int
[metric load]
title=Load
stream=s
aggregate=max(x)
every=1s
[alert high]
title=Too high
metric=load
condition=above
threshold=5
for=2s
severity=critical
'''

INTERFACE = '''<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
<arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/>
<arg type="s" direction="out"/><arg type="s" direction="out"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal></interface></node>'''


class Desktop:
    """A notification server on the session bus, as a desktop has one; it keeps what it is asked to show."""

    def __init__(self):
        from gi.repository import Gio, GLib
        self.GLib = GLib
        self.shown = []
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
        self.bus.register_object('/org/freedesktop/Notifications', node.interfaces[0], self.on_call, None, None)
        self.bus.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
                           GLib.Variant('(su)', ('org.freedesktop.Notifications', 4)), None, 0, -1, None)

    def on_call(self, _bus, _sender, _path, _interface, method, words, invocation):
        answers = {'GetCapabilities': ('(as)', (['body', 'actions'],)),
                   'GetServerInformation': ('(ssss)', ('test', 'test', '1', '1.2'))}
        if method == 'Notify':
            _app, _replaces, _icon, title, body, actions, _hints, _expires = words.unpack()
            self.shown.append((title, body, actions))
            invocation.return_value(self.GLib.Variant('(u)', (len(self.shown),)))
        elif method in answers:
            invocation.return_value(self.GLib.Variant(*answers[method]))
        else:
            invocation.return_value(None)

    def press(self, number):
        """A person clicks the notification."""
        self.bus.emit_signal(None, '/org/freedesktop/Notifications', 'org.freedesktop.Notifications', 'ActionInvoked',
                             self.GLib.Variant('(us)', (number, 'default')))


class Alerts(UiTest):
    def setUp(self):
        super().setUp()
        os.makedirs(self.workspace)
        with open(os.path.join(self.workspace, 'workspace.conf'), 'w', encoding='utf-8') as file:
            file.write(CONF)
        self.file = open(os.path.join(self.workspace, 'events.ndjson'), 'w', encoding='utf-8')
        self.value = 1
        self.feeding = True
        self.feeder = threading.Thread(target=self.feed, daemon=True)
        self.feeder.start()

    def feed(self):
        while self.feeding:
            at = datetime.datetime.now(datetime.timezone.utc).isoformat().replace('+00:00', 'Z')
            self.file.write(json.dumps({'at': at, 'x': self.value}) + '\n')
            self.file.flush()
            time.sleep(0.2)  # the pace of the events, nothing waits for it

    def tearDown(self):
        self.feeding = False
        self.feeder.join()
        self.file.close()
        super().tearDown()

    def test_from_firing_to_silence(self):
        desktop = Desktop()
        app = self.start('--workspace', self.workspace)
        app.find('push button', 'Alerts: none is firing')
        self.value = 9
        bell = app.find('push button', 'Alerts: 1 is firing')
        app.until(lambda: desktop.shown, 'the desktop was not told')
        title, body, _actions = desktop.shown[0]
        self.assertEqual((title, body), ('Too high', 'above: 9 is above 5'))
        desktop.press(1)
        app.find('list item', 'Alerts', where=lambda node: node.has('selected'))
        bell.click()
        app.find('push button', 'Firing 1')
        app.find('label', re.compile(r'^max > 5\.00 for 2\.0\ss$'))
        app.find('push button', 'Acknowledge: Too high').click()
        app.find('label', 'Acknowledged')
        app.find('push button', 'Back-test').click()
        app.find('label', re.compile('1 time, '))
        app.picture(os.path.join(os.environ.get('TIDEMARK_UI_OUT', self.tmp), 'alerts-firing.png'))
        app.find('push button', 'Silence: Too high').click()
        dialog = app.find('label', 'Silence this alert?')
        self.assertTrue(dialog)
        app.find('text', 'Why').set_text('deploying')
        app.find('push button', 'Silence').click()
        app.find('label', 'Silenced')
        app.find('push button', 'Alerts: none is firing')
        app.find('push button', 'End silence: Too high').click()
        app.find('push button', 'Alerts: 1 is firing')
        self.value = 1
        app.find('push button', 'Alerts: none is firing')
        app.find('label', re.compile('Back to normal'))
        self.assertEqual(app.quit(), 0, app.output())

    def test_new_rule(self):
        app = self.start('--workspace', self.workspace)
        app.find('push button', 'Alerts: none is firing').click()
        app.find('push button', 'New rule').click()
        app.find('text', re.compile('^Title')).set_text('Too low')
        app.find('combo box', 'Condition')
        self.assertTrue(app.find('combo box', 'About'))
        app.find('text', re.compile('^Threshold')).set_text('low')
        app.find('text', re.compile("^Threshold.* 'low' is wrong; expected a number"))
        app.find('text', re.compile('^Threshold')).set_text('0')
        app.find('combo box', 'Condition').choose('Below a limit')
        app.find('check box', 'Sound').click()
        app.find('push button', 'Save', where=lambda node: node.has('sensitive')).click()
        app.find('label', 'Too low')
        with open(os.path.join(self.workspace, 'workspace.conf'), encoding='utf-8') as file:
            text = file.read()
        for line in ('[alert too-low]', 'condition=below', 'metric=load', 'threshold=0', 'routes=desktop, sound'):
            self.assertIn(line, text)
        self.assertEqual(app.quit(), 0, app.output())


main()
