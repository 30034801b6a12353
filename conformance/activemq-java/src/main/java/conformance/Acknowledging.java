package conformance;

import checks.Checks;
import checks.Expect;
import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQSession;

/** Modes of acknowledging, and what comes again. */
class Acknowledging {
  static void addTo(Checks<Scene> checks) {
    checks.add("client acknowledge is for all before it", Acknowledging::client);
    checks.add("recover", Acknowledging::recover);
    checks.add("individual acknowledge", Acknowledging::individual);
    checks.add("duplicates allowed", Acknowledging::duplicates);
    checks.add("what was seen and not acknowledged is redelivered", Acknowledging::closed);
    checks.add("what was only prefetched is not", Acknowledging::prefetched);
    checks.add("optimized acknowledge", Acknowledging::optimized);
    checks.add("two consumers share a queue", Acknowledging::shared);
    checks.add("asynchronous listeners", Acknowledging::listeners);
  }

  private static Queue filled(Session session, int count) throws Exception {
    Queue queue = session.createQueue(Scene.fresh("a"));
    MessageProducer producer = session.createProducer(queue);
    for (int index = 0; index < count; index++) producer.send(session.createTextMessage("" + index));
    return queue;
  }

  private static void client(Scene scene) throws Exception {
    Session session = scene.session(Session.CLIENT_ACKNOWLEDGE);
    Queue queue = filled(session, 3);
    MessageConsumer consumer = session.createConsumer(queue);
    consumer.receive(Scene.WAIT_MS);
    consumer.receive(Scene.WAIT_MS).acknowledge();
    session.close();
    MessageConsumer again = scene.auto().createConsumer(queue);
    Expect.equal(Scene.next(again), "2");
    Expect.equal(Scene.soon(again), "nothing");
  }

  private static void recover(Scene scene) throws Exception {
    Session session = scene.session(Session.CLIENT_ACKNOWLEDGE);
    MessageConsumer consumer = session.createConsumer(filled(session, 1));
    consumer.receive(Scene.WAIT_MS);
    session.recover();
    Message again = consumer.receive(Scene.WAIT_MS);
    Expect.equal(again.getJMSRedelivered(), true);
    scene.fact("delivery count", again.getIntProperty("JMSXDeliveryCount"));
    again.acknowledge();
  }

  private static void individual(Scene scene) throws Exception {
    Session session = scene.session(ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE);
    Queue queue = filled(session, 3);
    MessageConsumer consumer = session.createConsumer(queue);
    consumer.receive(Scene.WAIT_MS);
    Message second = consumer.receive(Scene.WAIT_MS);
    consumer.receive(Scene.WAIT_MS);
    second.acknowledge();
    session.close();
    Expect.equal(Scene.next(scene.auto().createConsumer(queue), 2), List.of("0", "2"));
  }

  private static void duplicates(Scene scene) throws Exception {
    Session session = scene.session(Session.DUPS_OK_ACKNOWLEDGE);
    MessageConsumer consumer = session.createConsumer(filled(session, 2000));
    for (int index = 0; index < 2000; index++) Expect.equal(Scene.next(consumer), "" + index);
  }

  private static void closed(Scene scene) throws Exception {
    Session session = scene.session(Session.CLIENT_ACKNOWLEDGE);
    Queue queue = filled(session, 1);
    session.createConsumer(queue).receive(Scene.WAIT_MS);
    session.close();
    Message again = scene.auto().createConsumer(queue).receive(Scene.WAIT_MS);
    scene.fact("redelivered", again.getJMSRedelivered());
    scene.fact("delivery count", again.getIntProperty("JMSXDeliveryCount"));
  }

  private static void prefetched(Scene scene) throws Exception {
    Session session = scene.session(Session.CLIENT_ACKNOWLEDGE);
    Queue queue = filled(session, 2);
    MessageConsumer consumer = session.createConsumer(queue);
    consumer.receive(Scene.WAIT_MS).acknowledge();
    Expect.pause(Scene.NOTHING_MS);
    consumer.close();
    Message again = scene.auto().createConsumer(queue).receive(Scene.WAIT_MS);
    Expect.equal(Scene.text(again), "1");
    scene.fact("redelivered", again.getJMSRedelivered());
  }

  private static void optimized(Scene scene) throws Exception {
    ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(Scene.url);
    factory.setOptimizeAcknowledge(true);
    Session session = scene.connection(factory).createSession(false, Session.AUTO_ACKNOWLEDGE);
    Queue queue = filled(session, 1500);
    MessageConsumer consumer = session.createConsumer(queue);
    for (int index = 0; index < 1500; index++) Expect.equal(Scene.next(consumer), "" + index);
    consumer.close();
    Expect.equal(Scene.soon(scene.auto().createConsumer(queue)), "nothing");
  }

  private static void shared(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = session.createQueue(Scene.fresh("a"));
    MessageConsumer one = session.createConsumer(queue);
    MessageConsumer other = scene.auto().createConsumer(queue);
    MessageProducer producer = session.createProducer(queue);
    for (int index = 0; index < 10; index++) producer.send(session.createTextMessage("" + index));
    Expect.equal(Scene.next(one, 5).size() + Scene.next(other, 5).size(), 10);
    Expect.equal(Scene.soon(one) + Scene.soon(other), "nothingnothing");
  }

  private static void listeners(Scene scene) throws Exception {
    Session session = scene.auto();
    Queue queue = filled(session, 500);
    List<String> texts = new java.util.concurrent.CopyOnWriteArrayList<>();
    session.createConsumer(queue).setMessageListener(message -> {
      try {
        texts.add(Scene.text(message));
      } catch (Exception failed) {
        texts.add(failed.toString());
      }
    });
    Expect.soon(() -> texts.size() == 500, texts::size);
    Expect.equal(texts.get(499), "499");
  }
}
