"""An order's link, in every spelling that may get into a log."""

TOKEN = "Zb1_secret-token-x9-of-some-length"
SPELLINGS = [
    "/orders/RC-7K3D-92QF/{}/", "/orders/RC-7K3D-92QF/{}", "/orders/RC-7K3D-92QF/{}/status/",
    "/orders/RC-7K3D-92QF/{}/receipt.pdf", "/Orders/rc-7k3d-92qf/{}/", "/orders/typo/{}/pay/",
    "//orders//RC-7K3D-92QF//{}/", "/orders/./RC-7K3D-92QF/{}/", "/orders/a/../RC-7K3D-92QF/{}/",
    "/%6frders/RC-7K3D-92QF/{}/", "/orders%2FRC-7K3D-92QF%2F{}/", "/%0A/orders/RC-7K3D-92QF/{}/",
    "/RC-7K3D-92QF/{}/", "/en/orders/RC-7K3D-92QF/{}/", "/orders/RC-7K3D-92QF/%22{}%22/",
    "/https://shop.example.com/orders/RC-7K3D-92QF/{}/", "/orders/some-typo/RC-7K3D-92QF/{}/",
    "/orders/RC-7K3D-92QF/{}/orders/RC-7K3D-92QF/{}/",
]  # fmt: skip
LINKS = [spelling.replace("{}", TOKEN) for spelling in SPELLINGS]
