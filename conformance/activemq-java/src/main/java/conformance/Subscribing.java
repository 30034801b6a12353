package conformance;

import checks.Checks;
import checks.Expect;
import java.util.List;
import javax.jms.Connection;
import javax.jms.InvalidClientIDException;
import javax.jms.InvalidDestinationException;
import javax.jms.InvalidSelectorException;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;

/** Topics, durable subscriptions and selectors. */
class Subscribing {
  static void addTo(Checks<Scene> checks) {
    checks.add("each subscriber gets a copy", Subscribing::copies);
    checks.add("who comes later gets what comes later", Subscribing::later);
    checks.add("a durable subscription waits", Subscribing::durable);
    checks.add("a durable subscription with a selector", Subscribing::durableSelector);
    checks.add("a durable subscription with another selector", Subscribing::changedSelector);
    checks.add("unsubscribing what is not there", Subscribing::unsubscribed);
    checks.add("a client id is there once", Subscribing::clientIds);
    checks.add("no local", Subscribing::noLocal);
    checks.add("selectors on a queue", Subscribing::selectors);
    checks.add("selectors on headers of JMS", Subscribing::headerSelectors);
    checks.add("a selector that is none", Subscribing::badSelector);
  }

  private static void copies(Scene scene) throws Exception {
    Session session = scene.auto();
    Topic topic = session.createTopic(Scene.fresh("s"));
    MessageConsumer one = session.createConsumer(topic);
    MessageConsumer other = scene.auto().createConsumer(topic);
    MessageProducer producer = session.createProducer(topic);
    for (int index = 0; index < 100; index++) producer.send(session.createTextMessage("" + index));
    for (int index = 0; index < 100; index++) {
      Expect.equal(Scene.next(one), "" + index);
      Expect.equal(Scene.next(other), "" + index);
    }
  }

  private static void later(Scene scene) throws Exception {
    Session session = scene.auto();
    Topic topic = session.createTopic(Scene.fresh("s"));
    MessageProducer producer = session.createProducer(topic);
    producer.send(session.createTextMessage("early"));
    MessageConsumer consumer = session.createConsumer(topic);
    producer.send(session.createTextMessage("late"));
    Expect.equal(Scene.next(consumer), "late");
  }

  private static Connection named(Scene scene, String clientId) throws Exception {
    Connection connection =
        new org.apache.activemq.ActiveMQConnectionFactory(Scene.url).createConnection();
    scene.atEnd(connection::close);
    connection.setClientID(clientId);
    connection.start();
    return connection;
  }

  private static void durable(Scene scene) throws Exception {
    String clientId = Scene.fresh("client");
    Connection connection = named(scene, clientId);
    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    Topic topic = session.createTopic(Scene.fresh("s"));
    MessageConsumer consumer = session.createDurableSubscriber(topic, "sub");
    scene.fact("a second subscriber", Transacting.refusal(JMSException.class,
        () -> session.createDurableSubscriber(topic, "sub")).startsWith("Durable consumer is in use"));
    connection.close();
    Session other = scene.auto();
    for (int index = 0; index < 10; index++) other.createProducer(topic).send(other.createTextMessage("" + index));
    Session again = named(scene, clientId).createSession(false, Session.AUTO_ACKNOWLEDGE);
    MessageConsumer back = again.createDurableSubscriber(topic, "sub");
    for (int index = 0; index < 10; index++) Expect.equal(Scene.next(back), "" + index);
    back.close();
    again.unsubscribe("sub");
  }

  private static void durableSelector(Scene scene) throws Exception {
    String clientId = Scene.fresh("client");
    Connection connection = named(scene, clientId);
    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    Topic topic = session.createTopic(Scene.fresh("s"));
    session.createDurableSubscriber(topic, "sub", "n > 2", false);
    connection.close();
    Session other = scene.auto();
    MessageProducer producer = other.createProducer(topic);
    for (int index = 0; index < 5; index++) producer.send(numbered(other, index));
    Session again = named(scene, clientId).createSession(false, Session.AUTO_ACKNOWLEDGE);
    MessageConsumer back = again.createDurableSubscriber(topic, "sub", "n > 2", false);
    Expect.equal(Scene.next(back, 2), List.of("3", "4"));
    Expect.equal(Scene.soon(back), "nothing");
  }

  private static void changedSelector(Scene scene) throws Exception {
    String clientId = Scene.fresh("client");
    Session session = named(scene, clientId).createSession(false, Session.AUTO_ACKNOWLEDGE);
    Topic topic = session.createTopic(Scene.fresh("s"));
    session.createDurableSubscriber(topic, "sub", "n = 1", false).close();
    session.createProducer(topic).send(numbered(session, 1));
    MessageConsumer changed = session.createDurableSubscriber(topic, "sub", "n < 5", false);
    scene.fact("what was kept", Scene.soon(changed));
  }

  private static TextMessage numbered(Session session, int number) throws Exception {
    TextMessage message = session.createTextMessage("" + number);
    message.setIntProperty("n", number);
    return message;
  }

  private static void unsubscribed(Scene scene) throws Exception {
    Session session = named(scene, Scene.fresh("client")).createSession(false, Session.AUTO_ACKNOWLEDGE);
    scene.fact("text", Transacting.refusal(InvalidDestinationException.class, () -> session.unsubscribe("nothing")));
  }

  private static void clientIds(Scene scene) throws Exception {
    String clientId = Scene.fresh("client");
    named(scene, clientId);
    Expect.failure(InvalidClientIDException.class, () -> named(scene, clientId));
  }

  private static void noLocal(Scene scene) throws Exception {
    Session session = scene.auto();
    Topic topic = session.createTopic(Scene.fresh("s"));
    MessageConsumer consumer = session.createConsumer(topic, null, true);
    session.createProducer(topic).send(session.createTextMessage("own"));
    Session other = scene.auto();
    other.createProducer(topic).send(other.createTextMessage("another's"));
    Expect.equal(Scene.next(consumer), "another's");
  }

  private static void selectors(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("s"));
    MessageProducer producer = session.createProducer(queue);
    for (int index = 0; index < 10; index++) producer.send(numbered(session, index));
    MessageConsumer high = session.createConsumer(queue, "n BETWEEN 7 AND 9");
    Expect.equal(Scene.next(high, 3), List.of("7", "8", "9"));
    Expect.equal(Scene.soon(high), "nothing");
    Expect.equal(Scene.next(session.createConsumer(queue), 7), List.of("0", "1", "2", "3", "4", "5", "6"));
  }

  private static void headerSelectors(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("s"));
    TextMessage message = session.createTextMessage("x");
    message.setJMSType("order");
    message.setJMSCorrelationID("c");
    session.createProducer(queue).send(message);
    for (String wrong : List.of("JMSType = 'other'", "JMSPriority > 4", "JMSDeliveryMode = 'NON_PERSISTENT'")) {
      MessageConsumer consumer = session.createConsumer(queue, wrong);
      Expect.equal(Scene.soon(consumer), "nothing");
      consumer.close();
    }
    String right = "JMSType LIKE 'ord%' AND JMSPriority = 4 AND JMSCorrelationID = 'c' AND absent IS NULL";
    Expect.equal(Scene.next(session.createConsumer(queue, right)), "x");
  }

  private static void badSelector(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("s"));
    Expect.failure(InvalidSelectorException.class, () -> session.createConsumer(queue, "a = "));
    Expect.failure(InvalidSelectorException.class, () -> session.createConsumer(queue, "((a = 1)"));
  }
}
