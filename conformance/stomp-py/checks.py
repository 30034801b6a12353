"""STOMP by stomp.py: `checks.py HOST PORT` prints a line a check, `ok NAME: FACT=VALUE | FACT=VALUE` or `FAIL NAME: REASON`."""
import queue
import sys
import time
import uuid

import stomp

HOST, PORT = sys.argv[1], int(sys.argv[2])
RUN = uuid.uuid4().hex[:8]
WAIT = 5
NOTHING = 0.2
made = 0
failures = 0


def fresh(kind):
    global made
    made += 1
    return f"/{kind}/sp{RUN}.{made}"


class Inbox(stomp.ConnectionListener):
    def __init__(self):
        self.messages = queue.Queue()
        self.errors = queue.Queue()
        self.receipts = queue.Queue()

    def on_message(self, frame):
        self.messages.put(frame)

    def on_error(self, frame):
        self.errors.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def next(self, within=WAIT):
        try:
            return self.messages.get(timeout=within)
        except queue.Empty:
            return None

    def body(self, within=WAIT):
        frame = self.next(within)
        return None if frame is None else frame.body


class Client:
    def __init__(self, version="1.2", auto_content_length=False, **headers):
        kind = {"1.0": stomp.Connection10, "1.1": stomp.Connection11, "1.2": stomp.Connection12}[version]
        self.connection = kind([(HOST, PORT)], auto_content_length=auto_content_length)
        self.inbox = Inbox()
        self.connection.set_listener("", self.inbox)
        self.connection.connect(wait=True, headers=headers)
        self.subscriptions = 0

    def send(self, destination, body, **headers):
        receipt = uuid.uuid4().hex
        self.connection.send(destination, body, headers={k.replace("_", "-"): v for k, v in headers.items()}, receipt=receipt)
        got = self.inbox.receipts.get(timeout=WAIT)
        assert got == receipt, f"receipt {got}, not {receipt}"

    def subscribe(self, destination, ack="auto", **headers):
        self.subscriptions += 1
        id = f"s{self.subscriptions}"
        self.connection.subscribe(destination, id=id, ack=ack, headers={k: v for k, v in headers.items()})
        return id

    def end(self):
        if self.connection.is_connected():
            self.connection.disconnect()


def equal(actual, expected):
    assert actual == expected, f"got {actual!r}, not {expected!r}"


def check_versions(version):
    def body(fact):
        client = Client(version)
        destination = fresh("queue")
        client.send(destination, "héllo 世界", my_header="value")
        client.subscribe(destination)
        frame = client.inbox.next()
        equal(frame.body, "héllo 世界")
        equal(frame.headers["my-header"], "value")
        equal(frame.headers["destination"], destination)
        fact("has content-length", "content-length" in frame.headers)
        fact("has subscription", "subscription" in frame.headers)
        fact("priority", frame.headers.get("priority"))
        fact("expires", frame.headers.get("expires"))
        fact("persistent", frame.headers.get("persistent"))
        fact("redelivered", frame.headers.get("redelivered"))
        client.end()

    return body


def escapes(fact):
    client = Client()
    destination = fresh("queue")
    client.send(destination, "x", odd="a:b\\c\nd")
    client.subscribe(destination)
    equal(client.inbox.next().headers["odd"], "a:b\\c\nd")
    client.end()


def lengths(fact):
    client = Client(auto_content_length=True)
    destination = fresh("queue")
    client.send(destination, "with a length")
    client.subscribe(destination)
    frame = client.inbox.next()
    equal(frame.body, "with a length")
    fact("content-length", frame.headers.get("content-length"))
    client.end()


def client_ack(fact):
    first = Client()
    destination = fresh("queue")
    for number in range(3):
        first.send(destination, str(number))
    id = first.subscribe(destination, ack="client")
    frames = [first.inbox.next() for _ in range(3)]
    first.connection.ack(frames[1].headers["ack"])
    first.end()
    second = Client()
    second.subscribe(destination)
    frame = second.inbox.next()
    equal(frame.body, "2")
    fact("redelivered", frame.headers.get("redelivered"))
    equal(second.inbox.body(NOTHING), None)
    second.end()


def individual_ack(fact):
    first = Client()
    destination = fresh("queue")
    for number in range(3):
        first.send(destination, str(number))
    first.subscribe(destination, ack="client-individual")
    frames = [first.inbox.next() for _ in range(3)]
    first.connection.ack(frames[1].headers["ack"])
    first.end()
    second = Client()
    second.subscribe(destination)
    equal([second.inbox.body(), second.inbox.body()], ["0", "2"])
    second.end()


def nack(fact):
    client = Client()
    destination = fresh("queue")
    client.send(destination, "bad", persistent="true", check=destination)
    client.subscribe(destination, ack="client-individual")
    client.connection.nack(client.inbox.next().headers["ack"])
    client.subscribe("/queue/ActiveMQ.DLQ", selector=f"check = '{destination}'")
    frame = client.inbox.next()
    equal(frame.body, "bad")
    fact("destination", frame.headers["destination"])
    client.end()


def transactions(fact):
    client = Client()
    destination = fresh("queue")
    aborted = client.connection.begin()
    client.connection.send(destination, "never", headers={"transaction": aborted})
    client.connection.abort(aborted)
    kept = client.connection.begin()
    client.connection.send(destination, "kept", headers={"transaction": kept})
    client.subscribe(destination)
    equal(client.inbox.body(NOTHING), None)
    client.connection.commit(kept)
    equal(client.inbox.body(), "kept")
    client.end()


def transacted_ack(fact):
    client = Client()
    destination = fresh("queue")
    client.send(destination, "x")
    client.subscribe(destination, ack="client-individual")
    frame = client.inbox.next()
    transaction = client.connection.begin()
    client.connection.ack(frame.headers["ack"], transaction=transaction)
    client.connection.commit(transaction)
    client.end()
    other = Client()
    other.subscribe(destination)
    equal(other.inbox.body(NOTHING), None)
    other.end()


def topics(fact):
    clients = [Client(), Client()]
    destination = fresh("topic")
    for client in clients:
        client.subscribe(destination)
        client.send(fresh("queue"), "barrier")
    clients[0].send(destination, "news")
    for client in clients:
        equal(client.inbox.body(), "news")
        client.end()


def durable(fact):
    name = f"sp{RUN}"
    destination = fresh("topic")
    first = Client(**{"client-id": name})
    first.subscribe(destination, **{"activemq.subscriptionName": name})
    first.send(fresh("queue"), "barrier")
    first.end()
    other = Client()
    other.send(destination, "kept", persistent="true")
    other.end()
    again = Client(**{"client-id": name})
    id = again.subscribe(destination, **{"activemq.subscriptionName": name})
    equal(again.inbox.body(), "kept")
    again.connection.unsubscribe(id=id, headers={"activemq.subscriptionName": name})
    again.end()


def selectors(fact):
    client = Client()
    destination = fresh("queue")
    for weight in ("9", "11"):
        client.send(destination, weight, weight=weight)
    client.subscribe(destination, selector="weight > 10")
    equal(client.inbox.body(), "11")
    equal(client.inbox.body(NOTHING), None)
    client.end()


def request_and_reply(fact):
    asking, answering = Client(), Client()
    destination = fresh("queue")
    asking.subscribe("/temp-queue/replies")
    answering.subscribe(destination)
    asking.send(destination, "question", reply_to="/temp-queue/replies")
    request = answering.inbox.next()
    reply_to = request.headers["reply-to"]
    fact("kind of reply-to", reply_to.split("/")[1])
    answering.send(reply_to, "answer")
    equal(asking.inbox.body(), "answer")
    asking.end()
    answering.end()


def browse(fact):
    client = Client()
    destination = fresh("queue")
    for number in range(3):
        client.send(destination, str(number))
    client.subscribe(destination, browser="true")
    equal([client.inbox.body() for _ in range(3)], ["0", "1", "2"])
    end = client.inbox.next()
    fact("end", end.headers.get("browser"))
    client.end()
    other = Client()
    other.subscribe(destination)
    equal(other.inbox.body(), "0")
    other.end()


def prefetch(fact):
    client = Client()
    destination = fresh("queue")
    for number in range(3):
        client.send(destination, str(number))
    client.subscribe(destination, ack="client-individual", **{"activemq.prefetchSize": "1"})
    frame = client.inbox.next()
    equal(client.inbox.body(NOTHING), None)
    client.connection.ack(frame.headers["ack"])
    equal(client.inbox.body(), "1")
    client.end()


def refused(fact):
    client = Client()
    client.connection.send("/nonsense", "x")
    frame = client.inbox.errors.get(timeout=WAIT)
    fact("has a message", "message" in frame.headers)
    time.sleep(NOTHING)
    fact("stays connected", client.connection.is_connected())
    client.end()


def bad_ack(fact):
    client = Client()
    client.connection.ack("nothing of the kind")
    fact("has a message", "message" in client.inbox.errors.get(timeout=WAIT).headers)
    client.end()


CHECKS = {
    "version 1.0": check_versions("1.0"),
    "version 1.1": check_versions("1.1"),
    "version 1.2": check_versions("1.2"),
    "escapes": escapes,
    "content-length": lengths,
    "ack client": client_ack,
    "ack client-individual": individual_ack,
    "nack": nack,
    "transactions": transactions,
    "ack in a transaction": transacted_ack,
    "topics": topics,
    "durable subscription": durable,
    "selectors": selectors,
    "request and reply": request_and_reply,
    "browser": browse,
    "prefetch": prefetch,
    "a destination that is none": refused,
    "an ack of nothing": bad_ack,
}

for name, body in CHECKS.items():
    facts = {}
    try:
        body(lambda fact, value: facts.__setitem__(fact, value))
        rest = " | ".join(f"{fact}={value}" for fact, value in facts.items())
        print(f"ok {name}: {rest}" if rest else f"ok {name}", flush=True)
    except Exception as error:  # the reason is what counts
        failures += 1
        print(f"FAIL {name}: {type(error).__name__} {error}", flush=True)
sys.exit(1 if failures else 0)
