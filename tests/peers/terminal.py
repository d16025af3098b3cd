#!/usr/bin/env python3
"""Runs a command on a terminal of its own, as a person would, and answers what it asks.

  terminal.py [QUESTION=ANSWER]... -- COMMAND...

Waits for each question, in order, and only then types its answer. Prints what the terminal showed and ends as the command
did; 99 where a question never came, or an answer was shown.
"""
import os, pty, select, sys, time

cut = sys.argv.index("--")
questions = [word.split("=", 1) for word in sys.argv[1:cut]]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[cut + 1], sys.argv[cut + 1:])
shown, answered, end = "", 0, time.monotonic() + 60
while time.monotonic() < end:
    if not select.select([terminal], [], [], 0.2)[0]:
        continue
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # the terminal is closed: the command has ended
        break
    if not piece:
        break
    shown += piece.decode(errors="replace")
    if questions and questions[0][0] in shown[answered:]:
        answered = len(shown)
        time.sleep(0.3)  # until the echo is off: what was typed before is thrown away
        os.write(terminal, questions.pop(0)[1].encode() + b"\n")
else:
    os.kill(pid, 9)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.write(shown)
answers = [word.split("=", 1)[1] for word in sys.argv[1:cut]]
sys.exit(99 if questions or any(answer and answer in shown for answer in answers) else code)
