package conformance;

import checks.Checks;
import checks.Expect;
import java.util.Enumeration;
import java.util.List;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;
import javax.jms.Topic;

/** Wildcards, composites, temporary destinations, browsers, pulls. */
class Destinations {
  static void addTo(Checks<Scene> checks) {
    checks.add("wildcards of topics", Destinations::topicWildcards);
    checks.add("wildcards of queues", Destinations::queueWildcards);
    checks.add("composites", Destinations::composites);
    checks.add("an exclusive consumer", Destinations::exclusive);
    checks.add("request and reply between connections", Destinations::requestAndReply);
    checks.add("another connection's temporary queue", Destinations::foreignTemporary);
    checks.add("a temporary queue that is gone", Destinations::goneTemporary);
    checks.add("a browser", Destinations::browser);
    checks.add("a browser with a selector", Destinations::selectingBrowser);
    checks.add("prefetch 0", Destinations::pull);
    checks.add("receive without waiting", Destinations::noWait);
    checks.add("an anonymous producer", Destinations::anonymous);
  }

  private static void topicWildcards(Scene scene) throws Exception {
    Session session = scene.auto();
    String root = Scene.fresh("w");
    MessageConsumer rest = session.createConsumer(session.createTopic(root + ".>"));
    MessageConsumer one = session.createConsumer(session.createTopic(root + ".*.b"));
    session.createProducer(session.createTopic(root + ".a.b")).send(session.createTextMessage("x"));
    session.createProducer(session.createTopic(root + ".a.b.c")).send(session.createTextMessage("y"));
    Message message = rest.receive(Scene.WAIT_MS);
    Expect.equal(message.getJMSDestination().toString(), "topic://" + root + ".a.b");
    Expect.equal(Scene.next(rest), "y");
    Expect.equal(Scene.next(one), "x");
    Expect.equal(Scene.soon(one), "nothing");
  }

  private static void queueWildcards(Scene scene) throws Exception {
    Session session = scene.auto();
    String root = Scene.fresh("w");
    session.createProducer(session.createQueue(root + ".a")).send(session.createTextMessage("x"));
    MessageConsumer consumer = session.createConsumer(session.createQueue(root + ".*"));
    Message message = consumer.receive(Scene.WAIT_MS);
    Expect.equal(message.getJMSDestination().toString(), "queue://" + root + ".a");
    session.createProducer(session.createQueue(root + ".b")).send(session.createTextMessage("y"));
    Expect.equal(Scene.next(consumer), "y");
  }

  private static void composites(Scene scene) throws Exception {
    Session session = scene.auto();
    String root = Scene.fresh("c");
    MessageConsumer onTopic = session.createConsumer(session.createTopic(root + ".t"));
    Queue composite = session.createQueue(root + ".a," + root + ".b,topic://" + root + ".t");
    session.createProducer(composite).send(session.createTextMessage("x"));
    Message a = session.createConsumer(session.createQueue(root + ".a")).receive(Scene.WAIT_MS);
    Expect.equal(a.getJMSDestination().toString(), "queue://" + root + ".a");
    Expect.equal(Scene.next(session.createConsumer(session.createQueue(root + ".b"))), "x");
    Expect.equal(Scene.next(onTopic), "x");
    MessageConsumer both = session.createConsumer(session.createQueue(root + ".c," + root + ".d"));
    session.createProducer(session.createQueue(root + ".c")).send(session.createTextMessage("c"));
    session.createProducer(session.createQueue(root + ".d")).send(session.createTextMessage("d"));
    Expect.equal(Scene.next(both).length() + Scene.next(both).length(), 2);
  }

  private static void exclusive(Scene scene) throws Exception {
    Session session = scene.auto();
    String name = Scene.fresh("e");
    Queue queue = session.createQueue(name + "?consumer.exclusive=true");
    MessageConsumer first = session.createConsumer(queue);
    MessageConsumer second = scene.auto().createConsumer(queue);
    MessageProducer producer = session.createProducer(session.createQueue(name));
    for (int index = 0; index < 4; index++) producer.send(session.createTextMessage("" + index));
    Expect.equal(Scene.next(first, 4), List.of("0", "1", "2", "3"));
    Expect.equal(Scene.soon(second), "nothing");
    first.close();
    producer.send(session.createTextMessage("next"));
    Expect.equal(Scene.next(second), "next");
  }

  private static void requestAndReply(Scene scene) throws Exception {
    Session asking = scene.auto();
    Session answering = scene.auto();
    Queue service = asking.createQueue(Scene.fresh("r"));
    MessageConsumer requests = answering.createConsumer(service);
    TemporaryQueue replies = asking.createTemporaryQueue();
    TextMessage request = asking.createTextMessage("question");
    request.setJMSReplyTo(replies);
    request.setJMSCorrelationID("7");
    asking.createProducer(service).send(request);
    Message received = requests.receive(Scene.WAIT_MS);
    TextMessage reply = answering.createTextMessage("answer");
    reply.setJMSCorrelationID(received.getJMSCorrelationID());
    answering.createProducer(null).send(received.getJMSReplyTo(), reply);
    Message answer = asking.createConsumer(replies).receive(Scene.WAIT_MS);
    Expect.equal(Scene.text(answer) + answer.getJMSCorrelationID(), "answer7");
  }

  private static void foreignTemporary(Scene scene) throws Exception {
    TemporaryQueue queue = scene.auto().createTemporaryQueue();
    Session other = scene.auto();
    Expect.failure(InvalidDestinationException.class, () -> other.createConsumer(queue));
  }

  private static void goneTemporary(Scene scene) throws Exception {
    Session session = scene.auto();
    Session other = scene.auto();
    TemporaryQueue queue = session.createTemporaryQueue();
    MessageProducer producer = other.createProducer(queue);
    producer.send(other.createTextMessage("x"));
    queue.delete();
    Expect.soon(() -> {
      try {
        producer.send(other.createTextMessage("y"));
        return false;
      } catch (InvalidDestinationException gone) {
        return gone.getMessage().startsWith("Cannot publish to a deleted Destination");
      } catch (JMSException unexpected) {
        throw new AssertionError(unexpected);
      }
    }, () -> "it takes messages");
  }

  private static void browser(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("b"));
    MessageProducer producer = session.createProducer(queue);
    for (int index = 0; index < 700; index++) producer.send(session.createTextMessage("" + index));
    Enumeration<?> messages = session.createBrowser(queue).getEnumeration();
    int seen = 0;
    while (messages.hasMoreElements()) Expect.equal(Scene.text((Message) messages.nextElement()), "" + seen++);
    Expect.equal(seen, 700);
    Expect.equal(Scene.next(session.createConsumer(queue)), "0");
  }

  private static void selectingBrowser(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("b"));
    MessageProducer producer = session.createProducer(queue);
    for (int index = 0; index < 10; index++) {
      TextMessage message = session.createTextMessage("" + index);
      message.setBooleanProperty("even", index % 2 == 0);
      producer.send(message);
    }
    QueueBrowser browser = session.createBrowser(queue, "even = TRUE");
    Enumeration<?> messages = browser.getEnumeration();
    int seen = 0;
    for (; messages.hasMoreElements(); seen++) messages.nextElement();
    Expect.equal(seen, 5);
  }

  private static void pull(Scene scene) throws Exception {
    Session session = scene.auto();
    String name = Scene.fresh("p");
    MessageConsumer consumer = session.createConsumer(session.createQueue(name + "?consumer.prefetchSize=0"));
    Expect.equal(Scene.text(consumer.receiveNoWait()), "nothing");
    Expect.equal(Scene.soon(consumer), "nothing");
    MessageProducer producer = session.createProducer(session.createQueue(name));
    for (int index = 0; index < 3; index++) producer.send(session.createTextMessage("" + index));
    Expect.equal(Scene.next(consumer, 2), List.of("0", "1"));
    Expect.equal(Scene.next(scene.auto().createConsumer(session.createQueue(name))), "2");
    Expect.equal(Scene.text(consumer.receiveNoWait()), "nothing");
  }

  private static void noWait(Scene scene) throws Exception {
    Session session = scene.auto();
    Topic topic = session.createTopic(Scene.fresh("p"));
    Expect.equal(Scene.text(session.createConsumer(topic).receiveNoWait()), "nothing");
  }

  private static void anonymous(Scene scene) throws Exception {
    Session session = scene.auto();
    MessageProducer producer = session.createProducer(null);
    for (int index = 0; index < 3; index++) {
      Queue queue = session.createQueue(Scene.fresh("n"));
      producer.send(queue, session.createTextMessage("" + index));
      Expect.equal(Scene.next(session.createConsumer(queue)), "" + index);
    }
  }
}
