"""A complete Debian machine in QEMU, whose power can be cut.

Needs, on Debian 12: apt-get install --no-install-recommends mmdebstrap e2fsprogs qemu-system-x86 openssh-client \
nbdkit cpio; and root, who can lay out a file system. The base image (400 MB) is built once, in
target/prove/machine-SUITE; every run works on a copy. The machine reaches no network, and is reachable at ports
of 127.0.0.1 only.

The disk: its server (nbdkit with a write-back cache) holds writes back until the machine flushes, and a cut kills it
together with the machine, so everything that was not flushed is lost. That is the worst disk that still honours a
flush. With a plain file all writes would survive, and a program that never flushes would look safe. It is attached by
virtio: QEMU's NVMe drops the bit that a journal relies on, and loses flushed writes itself.

One processor is emulated, slowly, without cmpxchg16b, which QEMU 7.2 gets wrong.

The kernel draws the consoles pixel by pixel, as on a Raspberry Pi; the keyboard is emulated hardware. Debian's
console font is loaded at the start by default.
"""

import base64
import http.client
import json
import lzma
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "linux-image-amd64,systemd,systemd-sysv,systemd-timesyncd,dbus,udev,kmod,iproute2,openssh-server,procps,login,"
    "kbd,console-setup,passwd,ca-certificates,sqlite3,busybox-static,libeatmydata1"
)
INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t devtmpfs dev /dev
for m in $($b cat /order); do $b insmod /modules/$m; done
while [ ! -b /dev/vda ]; do $b sleep 0.1; done
$b mount -t ext4 -o noatime,errors=remount-ro /dev/vda /root || $b poweroff -f
$b mount --move /dev /root/dev
exec $b switch_root /root /sbin/init
"""
KERNEL_LINE = (
    "root=/dev/vda rw console=ttyS0 console=tty0 panic=-1 "
    # As docs/DEPLOY.md has it.
    "consoleblank=0 vt.global_cursor_default=0 quiet loglevel=3 logo.nologo"
)
# QEMU's names of these keys on an American keyboard.
KEYS = {" ": "spc", "\n": "ret", "/": "slash", "-": "minus", ".": "dot"}


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def build(folder, suite):
    """Builds the base image: a kernel, an initrd, a file system, and an SSH key."""
    folder.mkdir(parents=True, exist_ok=True)
    root = folder / "root"
    shutil.rmtree(root, ignore_errors=True)
    sites = run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", capture_output=True, text=True)
    mirror = next((site for site in sites.stdout.split() if site.rstrip("/").endswith("/debian")), None)
    run("mmdebstrap", "-q", "--mode=root", "--variant=minbase", f"--include={PACKAGES}",
        "--aptopt=APT::Install-Recommends false", suite, root, f"deb {mirror or 'http://deb.debian.org/debian'} {suite} main")
    key = folder / "key"
    key.unlink(missing_ok=True)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    write(root / "root/.ssh/authorized_keys", (folder / "key.pub").read_text(), 0o600)
    (root / "root/.ssh").chmod(0o700)
    write(root / "etc/ssh/sshd_config.d/machine.conf", "UseDNS no\nPermitRootLogin prohibit-password\n")
    write(root / "etc/hostname", "kiosk\n")
    write(root / "etc/hosts", "127.0.0.1 localhost kiosk\n")
    # The kernel's command line names the root, so nothing waits for udev to find it.
    write(root / "etc/fstab", "")
    write(root / "etc/systemd/network/10-wire.network", "[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n")
    write(root / "etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    systemctl = ("systemctl", f"--root={root}", "-q")
    run(*systemctl, "enable", "systemd-networkd", "systemd-timesyncd", "ssh")
    run(*systemctl, "mask", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
        "e2scrub_reap.service", "fstrim.timer", "systemd-networkd-wait-online.service")
    shutil.copy(sorted((root / "boot").glob("vmlinuz-*"))[-1], folder / "kernel")
    make_starter(root, folder)
    image = folder / "disk"
    image.unlink(missing_ok=True)
    run("truncate", "-s", "2G", image)
    run("mke2fs", "-q", "-t", "ext4", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-d", root, image)
    shutil.rmtree(root)


def make_starter(root, folder):
    """Builds an initrd of 2 MB instead of Debian's 40: the drivers of disk and file system, and busybox."""
    made = folder / "starter.d"
    shutil.rmtree(made, ignore_errors=True)
    for name in ("bin", "modules", "dev", "root"):
        (made / name).mkdir(parents=True)
    shutil.copy(root / "bin/busybox", made / "bin/busybox")
    modules = sorted((root / "usr/lib/modules").iterdir())[-1]
    needs = dict(line.split(":", 1) for line in (modules / "modules.dep").read_text().splitlines())
    order = []
    for driver in ("/virtio_pci.ko", "/virtio_blk.ko", "/crc32c_generic.ko", "/ext4.ko"):
        for path in needs:
            if driver in path:
                order += [step for step in (*reversed(needs[path].split()), path) if step not in order]
    names = []
    for path in order:
        module = (modules / path).read_bytes()
        names.append(Path(path).name.removesuffix(".xz"))
        (made / "modules" / names[-1]).write_bytes(lzma.decompress(module) if path.endswith(".xz") else module)
    write(made / "order", "\n".join(names))
    write(made / "init", INIT, 0o755)
    run("mknod", made / "dev/console", "c", "5", "1")
    with open(folder / "starter", "wb") as starter:
        run("sh", "-c", "find . | cpio -o -H newc --quiet | gzip -1", cwd=made, stdout=starter)
    shutil.rmtree(made)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Machine:
    """One machine. `started` is the time of its power-on."""

    def __init__(self, suite, screen="1920x1080"):
        if os.geteuid():
            sys.exit("only root can lay out the machine's file system")
        self.base = PROJECT / "target/prove" / f"machine-{suite}"
        if not (self.base / "disk").exists():
            print(f"building the machine in {self.base}", file=sys.stderr)
            build(self.base, suite)
        self.folder = self.base / f"run-{os.getpid()}"
        self.folder.mkdir()
        run("cp", "--sparse=always", self.base / "disk", self.folder / "disk")
        self.processes = []
        self.started = None
        self.width, self.height = screen.split("x")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()
        # SSH removes its control socket itself, at the same time.
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, patience=400):
        """Turns the power on and waits until SSH answers."""
        disk = self.folder / "disk.socket"
        disk.unlink(missing_ok=True)
        log = open(self.folder / "log", "ab")
        self.processes = [subprocess.Popen(
            ["nbdkit", "-f", "-U", disk, "--filter=cache", "file", self.folder / "disk", "cache=writeback"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)]
        while not disk.exists():
            time.sleep(0.05)
        self.ssh, self.http = free_port(), free_port()
        self.started = time.time()
        self.processes.append(subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-machine", "q35", "-smp", "1", "-m", "640",
             "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max,-cx16", "-display", "none",
             "-device", f"VGA,edid=on,xres={self.width},yres={self.height}", "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
             "-kernel", self.base / "kernel", "-initrd", self.base / "starter", "-append", KERNEL_LINE,
             "-drive", f"file=nbd+unix:///?socket={disk},format=raw,if=none,id=disk,cache=writeback",
             "-device", "virtio-blk-pci,drive=disk",
             "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.ssh}-:22,"
                        f"hostfwd=tcp:127.0.0.1:{self.http}-:8080",
             "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "virtio-rng-pci",
             "-serial", f"file:{self.folder}/serial"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        self.wait_for("a way in", patience, self._lets_in)

    def wait_for(self, what, patience, happens):
        end = time.time() + patience
        while time.time() < end:
            if self.processes[-1].poll() is not None:
                raise RuntimeError(f"the machine ended: {(self.folder / 'log').read_text()[-800:]}")
            answer = happens()
            if answer:
                return answer
            time.sleep(0.25)
        raise TimeoutError(f"waited {patience} s for {what}")

    def _lets_in(self):
        try:
            with socket.create_connection(("127.0.0.1", self.ssh), 2) as door:
                door.settimeout(10)
                return door.recv(4) == b"SSH-"
        except OSError:
            return False

    def _ssh(self, program, port):
        # A relative name, since the path of a socket must be short.
        return [program, "-i", self.base / "key", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=30", "-o", "ControlMaster=auto", "-o", "ControlPersist=30",
                "-o", f"ControlPath=way-in-{self.ssh}", port, str(self.ssh)]

    def run(self, command, may_fail=False):
        """Runs `command` as root in the machine. Returns its output."""
        done = subprocess.run([*self._ssh("ssh", "-p"), "root@127.0.0.1", f"cd /; {command}"], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400)
        if done.returncode and not may_fail:
            raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def kiosk(self, command):
        return self.run(f"runuser -u kiosk -- kiosk {command}")

    def is_healthy(self):
        """Whether the kiosk answers `/healthz`."""
        try:
            line = http.client.HTTPConnection("127.0.0.1", self.http, timeout=5)
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def set_up_class(self):
        """Adds a lecturer and a unit, and opens a session."""
        for command in ("lecturer add --staff-id L001 --name Dr.Smith --admin --pin-stdin <<<246813",
                        "unit add CS101 --name Programming --lecturer L001", "session open CS101"):
            self.run(f"bash -c 'runuser -u kiosk -- kiosk {command}'")

    def copy_in(self, path, to):
        run(*self._ssh("scp", "-P"), "-q", path, f"root@127.0.0.1:{to}", cwd=self.folder, timeout=400)

    def install(self, package, settings):
        self.copy_in(package, "/root/kiosk.deb")
        self.run("DEBIAN_FRONTEND=noninteractive dpkg -i /root/kiosk.deb")
        write(self.folder / "kiosk.toml", settings)
        self.copy_in(self.folder / "kiosk.toml", "/etc/kiosk/kiosk.toml")
        self.run("systemctl restart kiosk; sync")

    def shut_down(self):
        """Shuts the machine down in order."""
        self.run("systemctl poweroff", may_fail=True)
        self.processes[-1].wait(400)
        self.cut()

    def screen(self):
        """The text of the first console, one line per row."""
        # Both are files of the kernel: the size, and the characters.
        size, cells = (base64.b64decode(self.run(f"base64 -w0 {file}")) for file in ("/dev/vcsa1", "/dev/vcsu1"))
        columns = struct.unpack("BB", size[:2])[1]
        text = "".join(chr(code) for (code,) in struct.iter_unpack("=I", cells))
        return "\n".join(text[at : at + columns].rstrip() for at in range(0, len(text), columns))

    def picture(self, path):
        """Takes a screenshot."""
        self._ask("screendump", filename=str(path), format="png")

    def press(self, *keys):
        """Presses keys together and releases them."""
        self._ask("send-key", keys=[{"type": "qcode", "data": key} for key in keys])
        # QEMU releases them after 0.1 s; the next key must come after that.
        time.sleep(0.2)

    def type(self, text):
        for character in text:
            key = KEYS.get(character, character.lower())
            self.press(*(["shift"] if character.isupper() else []), key)

    def _ask(self, what, **how):
        """Sends a command to QEMU."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.folder / "qmp"))
            talk = line.makefile("rw")
            talk.readline()
            for request in ({"execute": "qmp_capabilities"}, {"execute": what, "arguments": how}):
                print(json.dumps(request), file=talk, flush=True)
                answer = {}
                # Events come in between.
                while not answer.keys() & {"return", "error"}:
                    answer = json.loads(talk.readline())
                if "error" in answer:
                    raise RuntimeError(f"{what}: {answer['error']}")

    def cut(self):
        """Cuts the power of the machine and of the disk's cache."""
        # The disk's server first: it must not see the machine end and flush.
        for process in self.processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()
        self.processes = []
