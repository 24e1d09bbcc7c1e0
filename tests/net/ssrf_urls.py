"""Writes ssrf_urls.txt from a checkout of PayloadsAllTheThings (MIT), as of f9fa514.

    python3 tests/net/ssrf_urls.py "<checkout>/Server Side Request Forgery" > tests/net/ssrf_urls.txt

Its ip.py for 7 addresses, whose random parts are seeded here, and the payloads of its three texts.
"""
import contextlib
import io
import random
import re
import sys

ADDRESSES = "127.0.0.1 169.254.169.254 10.0.0.1 172.16.0.1 192.168.1.1 100.100.100.200 0.0.0.0"
TEXTS = ["README.md", "SSRF-Cloud-Instances.md", "SSRF-Advanced-Exploitation.md"]
# What the texts refer to, and an address of the public web.
NO_ATTACKS = re.compile(
    r"^[a-z]+://(?:github\.com|[^/]*\.microsoft\.com|docs\.[^/]*|developers\.[^/]*|rancher\.com"
    r"|www\.googleapis\.com|help\.redacted\.com|example\.com|google\.com:80|1\.1\.1\.1|link|\]|domain)"
)


def main(folder: str) -> None:
    found: dict[str, None] = {}
    code = open(f"{folder}/Files/ip.py", encoding="utf-8").read()
    for address in ADDRESSES.split():
        sys.argv = ["ip.py", address, "80", "www.google.com"]
        random.seed(address)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, "ip.py", "exec"), {"__name__": "ip"})
        for line in said.getvalue().split("\n"):
            if line.startswith("http"):
                found[line] = None
    for text in TEXTS:
        said = open(f"{folder}/{text}", encoding="utf-8").read()
        said = re.split(r"^## References", re.sub(r"\]\([^)]*\)", "", said), flags=re.M)[0]
        for one in re.findall(r"[a-zA-Z][a-zA-Z+]+:(?://|/\\)[^\s`\"'<>|]+", said):
            url = one.rstrip(").,;")
            if not NO_ATTACKS.match(url):
                found[url] = None
    print("\n".join(found))


main(sys.argv[1])
