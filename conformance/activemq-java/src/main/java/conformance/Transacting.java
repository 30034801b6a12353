package conformance;

import checks.Checks;
import checks.Expect;
import java.util.List;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

/** Local transactions, redelivery and dead letters. */
class Transacting {
  static void addTo(Checks<Scene> checks) {
    checks.add("what is rolled back was never sent", Transacting::sends);
    checks.add("what is rolled back comes again", Transacting::receives);
    checks.add("more than the prefetch in one transaction", Transacting::many);
    checks.add("receive and send in one", Transacting::moved);
    checks.add("closing rolls back", Transacting::closed);
    checks.add("after so many redeliveries, the dead letters", Transacting::poison);
    checks.add("a consumer that is closed before the commit", Transacting::consumerClosed);
  }

  private static void sends(Scene scene) throws Exception {
    Session session = scene.session(Session.SESSION_TRANSACTED);
    Queue queue = session.createQueue(Scene.fresh("t"));
    MessageProducer producer = session.createProducer(queue);
    producer.send(session.createTextMessage("never"));
    session.rollback();
    producer.send(session.createTextMessage("kept"));
    MessageConsumer other = scene.auto().createConsumer(queue);
    Expect.equal(Scene.soon(other), "nothing");
    session.commit();
    Expect.equal(Scene.next(other), "kept");
    Expect.equal(Scene.soon(other), "nothing");
  }

  private static void receives(Scene scene) throws Exception {
    Session session = scene.session(Session.SESSION_TRANSACTED);
    Queue queue = session.createQueue(Scene.fresh("t"));
    session.createProducer(queue).send(session.createTextMessage("x"));
    session.commit();
    MessageConsumer consumer = session.createConsumer(queue);
    Expect.equal(Scene.next(consumer), "x");
    session.rollback();
    Message again = consumer.receive(Scene.WAIT_MS);
    Expect.equal(again.getJMSRedelivered(), true);
    scene.fact("delivery count", again.getIntProperty("JMSXDeliveryCount"));
    session.commit();
    Expect.equal(Scene.soon(consumer), "nothing");
  }

  private static void many(Scene scene) throws Exception {
    Session session = scene.session(Session.SESSION_TRANSACTED);
    Queue queue = session.createQueue(Scene.fresh("t"));
    MessageProducer producer = session.createProducer(queue);
    for (int index = 0; index < 3000; index++) producer.send(session.createTextMessage("" + index));
    session.commit();
    MessageConsumer consumer = session.createConsumer(queue);
    for (int index = 0; index < 3000; index++) Expect.equal(Scene.next(consumer), "" + index);
    session.commit();
    session.close();
    Expect.equal(Scene.soon(scene.auto().createConsumer(queue)), "nothing");
  }

  private static void moved(Scene scene) throws Exception {
    Session session = scene.session(Session.SESSION_TRANSACTED);
    Queue from = session.createQueue(Scene.fresh("t"));
    Queue to = session.createQueue(Scene.fresh("t"));
    session.createProducer(from).send(session.createTextMessage("x"));
    session.commit();
    MessageConsumer consumer = session.createConsumer(from);
    for (int round = 0; round < 2; round++) {
      session.createProducer(to).send(session.createTextMessage(Scene.next(consumer) + " moved"));
      if (round == 0) session.rollback();
      else session.commit();
    }
    MessageConsumer other = scene.auto().createConsumer(to);
    Expect.equal(Scene.next(other), "x moved");
    Expect.equal(Scene.soon(other), "nothing");
  }

  private static void closed(Scene scene) throws Exception {
    Session session = scene.session(Session.SESSION_TRANSACTED);
    Queue queue = session.createQueue(Scene.fresh("t"));
    session.createProducer(queue).send(session.createTextMessage("x"));
    session.commit();
    Expect.equal(Scene.next(session.createConsumer(queue)), "x");
    session.createProducer(queue).send(session.createTextMessage("never"));
    session.close();
    MessageConsumer other = scene.auto().createConsumer(queue);
    Message again = other.receive(Scene.WAIT_MS);
    Expect.equal(Scene.text(again), "x");
    scene.fact("redelivered", again.getJMSRedelivered());
    Expect.equal(Scene.soon(other), "nothing");
  }

  private static void poison(Scene scene) throws Exception {
    ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(Scene.url);
    factory.getRedeliveryPolicy().setMaximumRedeliveries(2);
    factory.getRedeliveryPolicy().setInitialRedeliveryDelay(10);
    factory.getRedeliveryPolicy().setRedeliveryDelay(10);
    Session session = scene.connection(factory).createSession(true, Session.SESSION_TRANSACTED);
    Queue queue = session.createQueue(Scene.fresh("poison"));
    javax.jms.TextMessage bad = session.createTextMessage("bad");
    bad.setStringProperty("check", queue.getQueueName());
    session.createProducer(queue).send(bad);
    session.commit();
    MessageConsumer consumer = session.createConsumer(queue);
    for (int round = 0; round < 3; round++) {
      Expect.equal(Scene.next(consumer), "bad");
      session.rollback();
    }
    Expect.equal(Scene.soon(consumer), "nothing");
    String selector = "check = '" + queue.getQueueName() + "'";
    Session other = scene.auto();
    Message dead = other.createConsumer(other.createQueue("ActiveMQ.DLQ"), selector).receive(Scene.WAIT_MS);
    Expect.equal(Scene.text(dead), "bad");
    scene.fact("destination", dead.getJMSDestination());
    scene.fact("has a cause", dead.getStringProperty("dlqDeliveryFailureCause") != null);
    scene.fact("redelivered", dead.getJMSRedelivered());
  }

  private static void consumerClosed(Scene scene) throws Exception {
    Session session = scene.session(Session.SESSION_TRANSACTED);
    Queue queue = session.createQueue(Scene.fresh("t"));
    session.createProducer(queue).send(session.createTextMessage("x"));
    session.commit();
    MessageConsumer consumer = session.createConsumer(queue);
    Expect.equal(Scene.next(consumer), "x");
    consumer.close();
    session.rollback();
    MessageConsumer again = session.createConsumer(queue);
    Expect.equal(Scene.next(again), "x");
    again.close();
    session.commit();
    Expect.equal(Scene.soon(scene.auto().createConsumer(queue)), "nothing");
  }

  static <E extends JMSException> String refusal(Class<E> kind, Expect.Action action) {
    return Expect.steady(Expect.failure(kind, action).getMessage());
  }
}
