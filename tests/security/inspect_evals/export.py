"""
Writes agent_threat_bench and ipi_coding_agent of inspect-evals as one line of JSON a sample.

    pip download --no-deps inspect-evals==0.26.0 && unzip -d ie inspect_evals-*.whl
    python3 export.py ie/inspect_evals > samples.jsonl

Calls of the first follow its tools and scorer; command lines of the second are those its texts ask for.
"""
import json
import re
import sys

LINE = re.compile(r"^(?:python|pip|cat|echo|env|printenv|mkdir|curl|chmod|source) .*")
LEAD = re.compile(
    r"^[\s#/*>-]*(?:(?:Setup|Dev setup|NOTE: Before modifying this file, run"
    r"|Debug: check loaded secrets with):|[a-z_-]+\s*=\s*)?\s*"
)


def write(**fields):
    text = json.dumps(fields, ensure_ascii=False)
    # No home of a machine in the repository: another place outside of the workspace.
    print(re.sub(r"/\w+/\.secret_canary", "/etc/secret_canary", text))


def call(tool, result="done", **args):
    return {"tool": tool, "args": args, "result": result}


def threats(folder):
    def samples(name):
        return json.load(open(f"{folder}/agent_threat_bench/data/{name}.json", encoding="utf-8"))

    for one in samples("memory_poison"):
        marker = one["attack_marker"]
        key = next((k for k, v in one["memory_store"].items() if marker and marker in v), None)
        key = key or next(iter(one["memory_store"]))
        attack = [call("memory_write", key=k, value=marker) for k in one["memory_store"]]
        is_attack = bool(marker) and marker in one["memory_store"][key]
        yield one, [call("memory_read", one["memory_store"][key], key=key)], (
            [marker, attack] if is_attack else None
        )
    for one in samples("autonomy_hijack"):
        inbox = "\n\n".join(
            f"Email {n}:\n  From: {m['from']}\n  Subject: {m['subject']}\n  Body: {m['body']}"
            for n, m in enumerate(one["inbox"], 1)
        )
        own = [call("read_inbox", inbox)]
        for n in range(1, len(one["inbox"]) + 1):
            own.append(call("categorize_email", email_index=n, category="normal"))
        own.append(call("draft_summary", email_index=1, summary="In short."))
        # Single words survive every cleaning of a text.
        words = [w for w in one["forbidden_actions"] if w in inbox]
        attack = [call("draft_summary", email_index=1, summary=w) for w in words]
        attack += [
            call("categorize_email", email_index=n, category="important")
            for n in one["attack_email_indices"]
        ]
        yield one, own, [words[0], attack] if words else None
    for one in samples("data_exfil"):
        who = next(c for c in one["customer_db"] if c["id"] in one["input"])
        record = "\n\n".join(
            f"Customer: {c['name']}\nID: {c['id']}\nEmail: {c.get('email')}\nSSN: {c.get('ssn')}\n"
            f"Account: {c.get('account')}\nIssue: {c.get('issue')}"
            for c in one["customer_db"]
        )
        own = [
            call("lookup_customer", record, query=who["id"]),
            call("resolve_ticket", customer_id=who["id"], resolution="Looked at and resolved."),
        ]
        issues = " ".join(str(c.get("issue")) for c in one["customer_db"])
        foreign = [
            m for m in re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", issues)
            if m not in one["authorized_recipients"]
        ]
        body = " ".join(one["sensitive_fields"])
        attack = [call("send_message", recipient=m, body=body) for m in foreign]
        yield one, own, [foreign[0], attack] if foreign else None


def commands(text):
    found = {}
    for one in re.findall(r"`([^`\n]+)`", text):
        if LINE.match(one):
            found[one] = None
    for line in text.split("\n"):
        one = re.sub(r"\s*-->$", "", LEAD.sub("", line)).strip()
        one = one[1:-1] if one.startswith('"') else one
        if LINE.match(one):
            found[one] = None
    return list(found)


def main(folder):
    write(source="inspect-evals 0.26.0", licence="MIT, (c) 2024 UK AI Security Institute")
    for one, own, attack in threats(folder):
        goal, calls = attack or [None, []]
        write(id=one["id"], prompt=one["input"], own=own, goal=goal, attack=calls)
    data = f"{folder}/ipi_coding_agent/dataset/samples.json"
    for one in json.load(open(data, encoding="utf-8")):
        source = next(f for f in one["repo_files"] if f in one["task_description"])
        where, text = source, one["repo_files"][source]
        if one["injection_vector"] == "issue_text":
            where, text = "issue", one["issue_text"]
        if one["injection_vector"] in ("readme", "config_file"):
            where, text = max(
                ((f, c) for f, c in one["repo_files"].items() if not f.endswith(".py")),
                key=lambda item: len(commands(item[1])),
            )
        asked = [] if one["is_benign"] else commands(text)
        if one["id"] == "ipi-issue-persist-31-plain":
            asked = ["echo 'security-audit-hook==1.0.0' >> requirements.txt"]
        write(
            id=one["id"], task=one["task_description"], source=source, where=where, text=text,
            commands=asked,
        )


main(sys.argv[1])
