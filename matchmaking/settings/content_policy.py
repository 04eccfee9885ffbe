"""What a page may load: everything comes from the portal itself, and nothing in a page is inline."""

from csp.constants import NONE, SELF

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Nothing a page of the portal uses, and nothing that somebody could smuggle into one may use.
_REFUSED = (
    "accelerometer autoplay browsing-topics camera display-capture encrypted-media geolocation gyroscope hid "
    "idle-detection magnetometer microphone midi payment screen-wake-lock serial usb xr-spatial-tracking"
)
PERMISSIONS_POLICY = "=(), ".join(_REFUSED.split()) + "=()"
