package conformance;

import checks.Checks;
import checks.Expect;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.jms.BytesMessage;
import javax.jms.DeliveryMode;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.ObjectMessage;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Bodies, properties and headers. */
class Messages {
  static void addTo(Checks<Scene> checks) {
    checks.add("text and headers", Messages::textAndHeaders);
    checks.add("properties", Messages::properties);
    checks.add("bytes", Messages::bytes);
    checks.add("map", Messages::map);
    checks.add("stream", Messages::stream);
    checks.add("object", Messages::object);
    checks.add("plain message", Messages::plain);
    checks.add("empty and missing texts", Messages::emptyTexts);
    checks.add("compressed", Messages::compressed);
    checks.add("5 MB", Messages::large);
    checks.add("non-persistent", Messages::transients);
    checks.add("time to live", Messages::timeToLive);
    checks.add("priorities", Messages::priorities);
    checks.add("message groups are carried", Messages::groups);
  }

  private static Message exchanged(Scene scene, Session session, Message message) throws Exception {
    Queue queue = session.createQueue(Scene.fresh("m"));
    session.createProducer(queue).send(message);
    Message received = session.createConsumer(queue).receive(Scene.WAIT_MS);
    Expect.that(received != null, "nothing came");
    return received;
  }

  private static void textAndHeaders(Scene scene) throws Exception {
    Session session = scene.auto();
    TextMessage message = session.createTextMessage("héllo 世界 \uD83D\uDE00 \0");
    message.setJMSCorrelationID("correlation");
    message.setJMSType("type");
    message.setJMSReplyTo(session.createQueue("answers"));
    Message received = exchanged(scene, session, message);
    Expect.equal(Scene.text(received), message.getText());
    Expect.equal(received.getJMSCorrelationID(), "correlation");
    Expect.equal(received.getJMSType(), "type");
    Expect.equal(received.getJMSReplyTo().toString(), "queue://answers");
    Expect.equal(received.getJMSMessageID(), message.getJMSMessageID());
    Expect.equal(received.getJMSTimestamp(), message.getJMSTimestamp());
    Expect.equal(received.getJMSDestination(), message.getJMSDestination());
    scene.fact("delivery mode", received.getJMSDeliveryMode());
    scene.fact("priority", received.getJMSPriority());
    scene.fact("redelivered", received.getJMSRedelivered());
    scene.fact("delivery count", received.getIntProperty("JMSXDeliveryCount"));
    scene.fact("expiration", received.getJMSExpiration());
  }

  private static void properties(Scene scene) throws Exception {
    Session session = scene.auto();
    Message message = session.createMessage();
    message.setBooleanProperty("boolean", true);
    message.setByteProperty("byte", (byte) -1);
    message.setShortProperty("short", (short) -2);
    message.setIntProperty("int", -3);
    message.setLongProperty("long", Long.MIN_VALUE);
    message.setFloatProperty("float", 1.5f);
    message.setDoubleProperty("double", Math.PI);
    message.setStringProperty("text", "größe");
    message.setStringProperty("long text", "x".repeat(40_000));
    Message received = exchanged(scene, session, message);
    for (Object name : Collections.list(message.getPropertyNames())) {
      Object expected = message.getObjectProperty((String) name);
      Expect.equal(received.getObjectProperty((String) name), expected);
    }
  }

  private static void bytes(Scene scene) throws Exception {
    Session session = scene.auto();
    BytesMessage message = session.createBytesMessage();
    byte[] body = new byte[256];
    for (int index = 0; index < body.length; index++) body[index] = (byte) index;
    message.writeBytes(body);
    BytesMessage received = (BytesMessage) exchanged(scene, session, message);
    byte[] got = new byte[body.length];
    received.readBytes(got);
    Expect.that(java.util.Arrays.equals(got, body), "other bytes");
    Expect.equal(received.getBodyLength(), (long) body.length);
  }

  private static void map(Scene scene) throws Exception {
    Session session = scene.auto();
    MapMessage message = session.createMapMessage();
    message.setInt("int", 7);
    message.setString("text", "v");
    message.setBytes("bytes", new byte[] {1, 2});
    message.setChar("char", 'ä');
    MapMessage received = (MapMessage) exchanged(scene, session, message);
    Expect.equal(received.getInt("int"), 7);
    Expect.equal(received.getString("text"), "v");
    Expect.equal(received.getBytes("bytes").length, 2);
    Expect.equal(received.getChar("char"), 'ä');
  }

  private static void stream(Scene scene) throws Exception {
    Session session = scene.auto();
    StreamMessage message = session.createStreamMessage();
    message.writeInt(3);
    message.writeString("s");
    message.writeDouble(0.5);
    StreamMessage received = (StreamMessage) exchanged(scene, session, message);
    Expect.equal(received.readInt(), 3);
    Expect.equal(received.readString(), "s");
    Expect.equal(received.readDouble(), 0.5);
  }

  private static void object(Scene scene) throws Exception {
    Session session = scene.auto();
    ObjectMessage message = session.createObjectMessage(new ArrayList<>(List.of("one", 2)));
    ObjectMessage received = (ObjectMessage) exchanged(scene, session, message);
    Expect.equal(received.getObject(), List.of("one", 2));
  }

  private static void plain(Scene scene) throws Exception {
    Session session = scene.auto();
    scene.fact("class", exchanged(scene, session, session.createMessage()).getClass().getSimpleName());
  }

  private static void emptyTexts(Scene scene) throws Exception {
    Session session = scene.auto();
    Expect.equal(((TextMessage) exchanged(scene, session, session.createTextMessage(""))).getText(), "");
    Expect.equal(((TextMessage) exchanged(scene, session, session.createTextMessage())).getText(), null);
  }

  private static void compressed(Scene scene) throws Exception {
    ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(Scene.url);
    factory.setUseCompression(true);
    Session session = scene.connection(factory).createSession(false, Session.AUTO_ACKNOWLEDGE);
    String text = "compress me ".repeat(1000);
    Expect.equal(Scene.text(exchanged(scene, session, session.createTextMessage(text))), text);
  }

  private static void large(Scene scene) throws Exception {
    Session session = scene.auto();
    BytesMessage message = session.createBytesMessage();
    message.writeBytes(new byte[5_000_000]);
    Expect.equal(((BytesMessage) exchanged(scene, session, message)).getBodyLength(), 5_000_000L);
  }

  private static void transients(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("m"));
    MessageProducer producer = session.createProducer(queue);
    producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
    for (int index = 0; index < 3000; index++) producer.send(session.createTextMessage("" + index));
    MessageConsumer consumer = session.createConsumer(queue);
    for (int index = 0; index < 3000; index++) Expect.equal(Scene.next(consumer), "" + index);
  }

  private static void timeToLive(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("ttl"));
    MessageProducer producer = session.createProducer(queue);
    producer.setTimeToLive(50);
    TextMessage message = session.createTextMessage("late");
    message.setStringProperty("check", queue.getQueueName());
    producer.send(message);
    Expect.pause(150);
    Expect.equal(Scene.soon(session.createConsumer(queue)), "nothing");
    String selector = "check = '" + queue.getQueueName() + "'";
    Message dead = session.createConsumer(session.createQueue("ActiveMQ.DLQ"), selector).receive(Scene.WAIT_MS);
    Expect.equal(Scene.text(dead), "late");
    scene.fact("expiration", dead.getJMSExpiration());
    scene.fact("destination", dead.getJMSDestination());
  }

  private static void priorities(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("m"));
    MessageProducer producer = session.createProducer(queue);
    for (int priority : new int[] {1, 9, 4}) {
      producer.send(session.createTextMessage("" + priority), DeliveryMode.PERSISTENT, priority, 0);
    }
    MessageConsumer consumer = session.createConsumer(queue);
    List<String> order = new ArrayList<>();
    for (int index = 0; index < 3; index++) {
      Message message = consumer.receive(Scene.WAIT_MS);
      Expect.equal("" + message.getJMSPriority(), Scene.text(message));
      order.add(Scene.text(message));
    }
    Collections.sort(order);
    Expect.equal(order, List.of("1", "4", "9"));
  }

  private static void groups(Scene scene) throws Exception {
    Session session = scene.auto();
    Message message = session.createTextMessage("x");
    message.setStringProperty("JMSXGroupID", "group");
    message.setIntProperty("JMSXGroupSeq", 5);
    Message received = exchanged(scene, session, message);
    Expect.equal(received.getStringProperty("JMSXGroupID"), "group");
    Expect.equal(received.getIntProperty("JMSXGroupSeq"), 5);
  }
}
