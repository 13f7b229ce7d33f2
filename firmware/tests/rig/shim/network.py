# A Wi-Fi that is there at once. The network "nowhere" is out of reach; the password "wrong" is wrong.
STA_IF = 0
AP_IF = 1
STAT_IDLE = 0
STAT_CONNECTING = 1
STAT_WRONG_PASSWORD = 2
STAT_NO_AP_FOUND = 3
STAT_CONNECT_FAIL = 4
STAT_GOT_IP = 5

_wlans = {}


class WLAN:
    IF_STA = STA_IF
    IF_AP = AP_IF

    def __new__(cls, which=STA_IF):
        if which not in _wlans:
            _wlans[which] = object.__new__(cls)
            _wlans[which]._init()
        return _wlans[which]

    def __init__(self, which=STA_IF):
        pass

    def _init(self):
        self._status = STAT_IDLE
        self._active = False
        self.tries = []

    def active(self, on=None):
        if on is None:
            return self._active
        self._active = on

    def connect(self, ssid=None, password=None, **kwargs):
        self.tries.append(ssid)
        self._status = STAT_NO_AP_FOUND if ssid == "nowhere" else STAT_WRONG_PASSWORD if password == "wrong" else STAT_GOT_IP

    def disconnect(self):
        self._status = STAT_IDLE

    def isconnected(self):
        return self._status == STAT_GOT_IP

    def status(self, what=None):
        return -61 if what == "rssi" else self._status

    def config(self, *args, **kwargs):
        return b"\x02\x00\x00\x00\x00\x01"

    def ifconfig(self):
        return ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")


def hostname(name=None):
    return name
