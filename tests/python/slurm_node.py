"""A Slurm of one node, as long as a test needs it: controller and daemon of Debian's packages, without systemd.

Nothing of it outlives the test, and nothing of an installed configuration is read or changed.
"""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort={port}
SlurmdPort={daemon_port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
MpiDefault=none
ReturnToService=2
MinJobAge=300
KillWait=5
SlurmctldTimeout=30
SlurmdTimeout=30
InactiveLimit=0
MailProg=/bin/true
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=4000 State=UNKNOWN
PartitionName=p Nodes={host} Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
"""
PROGRAMS = ["slurmctld", "slurmd", "sbatch", "srun", "sinfo", "scontrol", "squeue", "scancel"]


def find(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def missing():
    """Why no Slurm can be started here, or None."""
    absent = [program for program in PROGRAMS if find(program) is None]
    if absent:
        return "not installed: " + ", ".join(absent)
    return None if os.geteuid() == 0 else "slurmd needs root"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class SlurmNode:
    def __init__(self, folder):
        self.folder = Path(folder)
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        self.configuration = self.folder / "slurm.conf"
        host = socket.gethostname().split(".")[0]
        self.configuration.write_text(CONFIGURATION.format(host=host, folder=self.folder, port=free_port(),
                                                           daemon_port=free_port()))
        self.surroundings = os.environ | {"SLURM_CONF": str(self.configuration)}

    def call(self, program, *arguments, **options):
        command = [find(program), *map(str, arguments)]
        return subprocess.run(command, env=self.surroundings, capture_output=True, text=True, check=False, timeout=300,
                              **options)

    def start(self):
        """Whether the node is up; it is not where the kernel or a sandbox lacks what Slurm needs."""
        for arguments in (["slurmctld", "-i"], ["slurmd"]):
            if self.call(*arguments).returncode != 0:
                return False
        return self.wait(lambda: "idle" in self.call("sinfo", "--noheader", "--format=%T").stdout, 30)

    def wait(self, condition, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.2)
        return False

    def stop(self):
        for name in ("slurmd", "slurmctld"):
            try:
                os.kill(int((self.folder / f"{name}.pid").read_text()), 15)
            except (OSError, ValueError):
                continue
        self.wait(lambda: not list(self.folder.glob("*.pid")), 20)
