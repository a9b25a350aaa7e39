#!/usr/bin/env python3
"""Tests of the set-up: fetch_dependencies.py with a small wheel on a local server, the root script with stub tools."""
import contextlib
import hashlib
import http.server
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.dont_write_bytecode = True
import fetch_dependencies  # noqa: E402

WHEEL = "demo_models-1.0-py3-none-any.whl"
MEMBERS = {  # the large member in the middle is not wanted: a partial download has to leave it out
    "demo/assets/a.xml": b"<mujoco/>",
    "demo/large.bin": os.urandom(3_000_000),
    "demo/assets/sub folder/b.bin": os.urandom(700_000),
    "demo/assets/old.backup": b"left over",
    "demo_models-1.0.dist-info/LICENSE": b"a licence",
}
TAKEN = {
    "assets/a.xml": MEMBERS["demo/assets/a.xml"],
    "assets/sub folder/b.bin": MEMBERS["demo/assets/sub folder/b.bin"],
    "LICENSE": MEMBERS["demo_models-1.0.dist-info/LICENSE"],
}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def digest(files):
    lines = (f"{sha256(data)}  {name}\n".encode() for name, data in sorted(files.items()))
    return sha256(b"".join(lines))


class PackageIndex(http.server.ThreadingHTTPServer):
    """An index with one wheel; counts the bytes of the wheel that it sends."""

    def __init__(self, wheel):
        super().__init__(("127.0.0.1", 0), PackageIndexHandler)
        self.wheel, self.ranges, self.sent, self.requests, self.fail_next, self.rate = wheel, True, 0, 0, 0, None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/simple"


class PackageIndexHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests += 1
        if server.fail_next:
            server.fail_next -= 1
            self.send_error(503)
        elif self.path == "/simple/demo-models/":
            self.reply(200, f'<a href="../../files/{WHEEL}#sha256={sha256(server.wheel)}">{WHEEL}</a>'.encode())
        elif self.path == f"/files/{WHEEL}":
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
            if server.ranges and asked:
                start, end = int(asked[1]), int(asked[2]) + 1
                self.reply(206, server.wheel[start:end],
                           {"Content-Range": f"bytes {start}-{end - 1}/{len(server.wheel)}"})
            else:
                self.reply(200, server.wheel)
        else:
            self.send_error(404)

    def reply(self, status, body, headers=()):
        self.send_response(status)
        for name, value in {**dict(headers), "Content-Length": len(body)}.items():
            self.send_header(name, str(value))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for start in range(0, len(body), 1 << 16):
                self.wfile.write(body[start:start + (1 << 16)])
                self.server.sent += len(body[start:start + (1 << 16)])
                if self.server.rate:
                    time.sleep((1 << 16) / self.server.rate)

    def log_message(self, *_):
        pass


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="a clone ")))
        wheel = self.folder / WHEEL
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in MEMBERS.items():
                archive.writestr(name, data)
        self.index = PackageIndex(wheel.read_bytes())
        self.addCleanup(self.index.server_close)
        self.addCleanup(self.index.shutdown)
        wheel.unlink()
        script = (ROOT / "fetch_dependencies.py").read_text().replace("\nRETRIES = 5", "\nRETRIES = 2")
        (self.folder / "fetch_dependencies.py").write_text(script)
        self.write_pins()

    def write_pins(self, **changes):
        pin = {"file": WHEEL, "size": len(self.index.wheel), "sha256": sha256(self.index.wheel),
               "members_sha256": digest(TAKEN)} | changes
        wheel = "".join(f"{k} = {v if isinstance(v, int) else chr(34) + v + chr(34)}\n" for k, v in pin.items())
        (self.folder / "dependencies.toml").write_text(
            '[[bundle]]\ninto = "models"\ngroup = "demo"\nskip = ["*.backup"]\n'
            'take = ["demo/./assets/*", "demo_models-1.0.dist-info/./LICENSE"]\n'
            "[[bundle.wheel]]\n" + wheel)

    def start(self, deps="deps", **environment):
        env = {k: v for k, v in os.environ.items()
               if not k.startswith(("PIP_", "LIBERO_")) and "proxy" not in k.lower()}
        env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": self.index.url,
                      "LIBERO_CACHE": str(self.folder / "cache")} | environment
        command = [sys.executable, "-B", self.folder / "fetch_dependencies.py", self.folder / deps, "demo"]
        return subprocess.Popen(command, env={k: v for k, v in env.items() if v is not None}, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_fetch(self, deps="deps", **environment):
        process = self.start(deps, **environment)
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    def files(self, deps="deps"):
        models = self.folder / deps / "models"
        return {path.relative_to(models).as_posix(): path.read_bytes()
                for path in models.rglob("*") if path.is_file() and path.name != ".pins"}

    def assert_installed(self, result, deps="deps"):
        self.assertEqual(result[0], 0, result[1])
        self.assertEqual(self.files(deps), TAKEN)

    def test_downloads_only_the_wanted_members(self):
        self.assert_installed(self.run_fetch())
        self.assertLess(self.index.sent, 1_100_000)  # of 3.7 MB; the table of contents is read with the last 128 kB

    def test_takes_the_whole_wheel_from_a_server_without_ranges(self):
        self.index.ranges = False
        self.assert_installed(self.run_fetch())
        self.assertEqual(sorted(os.listdir(self.folder / "cache"))[1:], [f"demo-models-1.0-{digest(TAKEN)[:16]}"])

    def test_second_call_and_second_clone_ask_the_network_nothing(self):
        self.assert_installed(self.run_fetch())
        requests = self.index.requests
        self.assert_installed(self.run_fetch())
        self.assert_installed(self.run_fetch("second clone"), "second clone")
        self.assertEqual(self.index.requests, requests)

    def test_takes_a_wheel_from_a_folder_that_pip_is_told_of(self):
        with tempfile.TemporaryDirectory() as wheels:  # pip separates folders by spaces: there can be none in this one
            (pathlib.Path(wheels) / WHEEL).write_bytes(self.index.wheel)
            self.assert_installed(self.run_fetch(PIP_NO_INDEX="1", PIP_FIND_LINKS=wheels))
        self.assertEqual(self.index.requests, 0)

    def test_continues_after_being_killed(self):
        self.index.rate = 1_000_000
        process = self.start()
        while self.index.sent < 400_000:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertFalse((self.folder / "deps" / "models").exists())
        self.index.rate = None
        self.assert_installed(self.run_fetch())

    def test_keeps_complete_members_of_an_interrupted_download(self):
        partial = self.folder / "cache" / f"demo-models-1.0-{digest(TAKEN)[:16]}.partial"
        (partial / "assets" / "sub folder").mkdir(parents=True)
        (partial / "assets" / "sub folder" / "b.bin").write_bytes(TAKEN["assets/sub folder/b.bin"])
        (partial / ".incoming").write_bytes(b"half a file")
        self.assert_installed(self.run_fetch())
        self.assertLess(self.index.sent, 300_000)

    def test_tries_again_when_the_server_is_busy(self):
        self.index.fail_next = 2
        self.assert_installed(self.run_fetch())

    def test_fetches_a_damaged_cache_entry_again(self):
        self.assert_installed(self.run_fetch())
        cached = next((self.folder / "cache").glob("demo*/LICENSE"))
        cached.chmod(stat.S_IWUSR)
        cached.unlink()
        cached.write_bytes(b"another licence")
        self.assert_installed(self.run_fetch("second clone"), "second clone")

    def test_refuses_members_that_differ_from_the_pins(self):
        self.write_pins(members_sha256=64 * "0")
        status, errors = self.run_fetch()
        self.assertEqual(status, 1)
        self.assertIn(f"SHA-256 expected: {64 * '0'}", errors)
        self.assertIn(f"SHA-256 got:      {digest(TAKEN)}", errors)
        self.assertFalse((self.folder / "deps" / "models").exists())

    def test_refuses_a_whole_wheel_that_differs_from_the_pins(self):
        self.index.ranges = False
        pinned = sha256(self.index.wheel)
        self.index.wheel = self.index.wheel[:-1] + b"!"
        self.write_pins(sha256=pinned)
        status, errors = self.run_fetch()
        self.assertEqual(status, 1)
        self.assertIn(f"SHA-256 expected: {pinned}", errors)

    def test_follows_changed_pins(self):
        self.assert_installed(self.run_fetch())
        pins = self.folder / "dependencies.toml"
        fewer = {"LICENSE": TAKEN["LICENSE"]}
        pins.write_text(pins.read_text().replace('"demo/./assets/*", ', "").replace(digest(TAKEN), digest(fewer)))
        self.assertEqual(self.run_fetch()[0], 0)
        self.assertEqual(self.files(), fewer)

    def test_says_when_there_is_no_network(self):
        status, errors = self.run_fetch(PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0")
        self.assertEqual(status, 1)
        self.assertIn("Is there a network", errors)
        self.assertNotIn("Traceback", errors)

    def test_says_when_the_index_lacks_the_wheel(self):
        self.write_pins(file="other-1.0-py3-none-any.whl")
        status, errors = self.run_fetch()
        self.assertEqual(status, 1)
        self.assertIn("other-1.0-py3-none-any.whl is not offered", errors)

    def test_says_when_there_is_no_wheel_for_the_processor(self):
        self.write_pins(machine="pdp11")
        status, errors = self.run_fetch()
        self.assertEqual(status, 1)
        self.assertIn("only for pdp11", errors)

    def test_keeps_the_cache_beside_the_clone_without_a_home(self):
        self.assert_installed(self.run_fetch(LIBERO_CACHE=None, HOME=None, XDG_CACHE_HOME=None))
        self.assertTrue((self.folder / "deps" / ".cache").is_dir())

    def test_refuses_members_that_would_leave_the_folder(self):
        wheel = fetch_dependencies.Wheel(WHEEL, 0, "", "", ("demo/./*",), ())
        with self.assertRaises(fetch_dependencies.SetupError):
            wheel.destination("demo/../../outside")


class PinsTest(unittest.TestCase):
    pins = tomllib.loads((ROOT / "dependencies.toml").read_text())

    def test_every_wheel_is_pinned_completely(self):
        for bundle in self.pins["bundle"]:
            for wheel in bundle["wheel"]:
                self.assertGreater(wheel["size"], 0)
                self.assertRegex(wheel["sha256"], "^[0-9a-f]{64}$")
                self.assertRegex(wheel["members_sha256"], "^[0-9a-f]{64}$")

    def test_the_root_script_reads_the_debian_table(self):
        reader = re.search(r"^debian_packages\(\) \{.*?^\}", (ROOT / "libero").read_text(), re.M | re.S)[0]
        names = subprocess.run(["bash", "-c", f"{reader}\ndebian_packages"], env={**os.environ, "root": str(ROOT)},
                               capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(names, list(self.pins["debian"]))


class RootScriptTest(unittest.TestCase):
    """The script in a clone with a space in its path, with stubs for everything that it calls."""

    def setUp(self):
        self.clone = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="a clone "))).resolve()
        self.bin = self.clone / "stubs"
        self.user = None
        for folder in ("stubs", "sim", "build", ".deps/mujoco"):
            (self.clone / folder).mkdir(parents=True)
        for name in ("libero", "dependencies.toml", "fetch_dependencies.py", "CMakePresets.json"):
            shutil.copy(ROOT / name, self.clone)
        for name in ("main.cc", "CMakeLists.txt"):
            (self.clone / name).touch()
        self.write_program("build/libero", 'printf "%s|" "$PWD" "$@"')
        for name in ("build.ninja", "CMakeCache.txt"):
            (self.clone / "build" / name).write_text(f"CMAKE_HOME_DIRECTORY:INTERNAL={self.clone}\n")
        self.stub("cmake", 'echo "cmake $*" >>"$LOG"')
        self.stub("ctest", 'echo "ctest $*" >>"$LOG"; exit 3')
        for stamp in (".deps/.complete", "build/.up-to-date"):
            (self.clone / stamp).write_text(f"{self.clone}\n")
        # sources are older than the stamps, and these older than anything that a test will touch
        for path in [self.clone, *self.clone.rglob("*")]:
            age = 100 if path.name in (".complete", ".up-to-date") else 200
            os.utime(path, (time.time() - age,) * 2)

    def write_program(self, name, body):
        path = self.clone / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def stub(self, name, body):
        self.write_program(f"stubs/{name}", body)

    def call(self, *arguments, script=None, path=None, cwd="/", **environment):
        log = self.clone / "stubs.log"
        log.write_text("")
        log.chmod(0o666)
        env = os.environ | {"PATH": path or f"{self.bin}:{os.environ['PATH']}", "LOG": str(log)} | environment
        result = subprocess.run([script or self.clone / "libero", *arguments], cwd=cwd, env=env, user=self.user,
                                text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        return result, log.read_text()

    def test_runs_the_program_at_once_where_the_user_is(self):
        result, log = self.call("tasks", "a b", "", cwd="/usr")
        self.assertEqual((result.stdout, result.stderr, log), ("/usr|tasks|a b||", "", ""))

    def test_shows_the_help_without_arguments(self):
        self.assertEqual(self.call()[0].stdout, "/|--help|")

    def test_can_be_called_through_a_symlink(self):
        link = self.bin / "lb"
        link.symlink_to("../libero")
        self.assertEqual(self.call("tasks", script=link)[0].stdout, "/|tasks|")

    def test_builds_first_when_a_source_changed(self):
        (self.clone / "sim" / "new.cc").touch()
        result, log = self.call("tasks")
        self.assertIn("--build --preset release", log)
        self.assertEqual(result.stdout, "/|tasks|")
        self.assertEqual(self.call("tasks")[1], "", "a second call builds nothing")

    def test_builds_afresh_when_the_clone_was_moved(self):
        (self.clone / "build" / "CMakeCache.txt").write_text("CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere\n")
        (self.clone / "build" / ".up-to-date").write_text("/elsewhere\n")
        self.assertIn("cmake --preset release --fresh", self.call("tasks")[1])

    def test_a_failed_build_runs_nothing_and_is_tried_again(self):
        self.stub("cmake", 'echo "cmake $*" >>"$LOG"; exit 1')
        (self.clone / "main.cc").touch()
        for _ in range(2):
            result, log = self.call("tasks")
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn("--build", log)

    def test_test_builds_everything_and_passes_on_arguments_and_status(self):
        result, log = self.call("test", "-R", "Bddl")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(log, r"cmake --build --preset release -j \d+\nctest --preset release .*-R Bddl\n$")

    def packages_missing(self):
        (self.clone / ".deps" / ".complete").unlink()
        (self.clone / "dependencies.toml").touch()
        self.stub("dpkg-query", 'printf "%s installed\\n" "${@:4}" | grep -v -e "^g++ " -e "^cmake "')
        self.stub("apt-get", 'echo "apt-get $*" >>"$LOG"; exit 1')
        if os.geteuid() == 0:  # these tests are about users who are not root
            self.user = 65534
            for path in [self.clone, *self.clone.rglob("*")]:
                os.chown(path, self.user, self.user)
        for tool in "bash cat env find flock grep id mkdir sed tail true uname xargs".split():
            with contextlib.suppress(FileExistsError):
                (self.bin / tool).symlink_to(shutil.which(tool))

    def test_prints_the_line_to_run_without_root_and_sudo(self):
        self.packages_missing()
        result, log = self.call("tasks", path=str(self.bin))
        self.assertEqual((result.returncode, log), (1, ""))
        self.assertIn("  apt-get update && apt-get install -y --no-install-recommends g++ cmake\n", result.stderr)

    def test_prints_the_line_to_run_when_sudo_wants_a_password(self):
        self.packages_missing()
        self.stub("sudo", "exit 1")
        result, _ = self.call("tasks", path=str(self.bin))
        self.assertIn("\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends g++ cmake\n",
                      result.stderr)

    def test_installs_through_sudo_that_wants_no_password(self):
        self.packages_missing()
        self.stub("sudo", '[[ $1 == -n ]] && exec "${@:2}"')
        result, log = self.call("tasks", path=str(self.bin))
        self.assertRegex(log, r"apt-get .*install --no-install-recommends g\+\+ cmake\n$")
        self.assertIn("apt-get failed", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
