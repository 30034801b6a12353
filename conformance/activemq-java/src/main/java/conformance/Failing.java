package conformance;

import checks.Checks;
import checks.Expect;
import java.util.List;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.transport.failover.FailoverTransport;

/** Connections that break, and clients that are not let in. */
class Failing {
  static void addTo(Checks<Scene> checks) {
    checks.add("failover goes on after a break", Failing::failover);
    checks.add("failover within a transaction", Failing::failoverInTransaction);
    checks.add("connections come and go", Failing::churn);
  }

  private static ActiveMQConnection failing(Scene scene) throws JMSException {
    String url = "failover:(" + Scene.url + ")?initialReconnectDelay=10";
    return (ActiveMQConnection) scene.connection(new ActiveMQConnectionFactory(url));
  }

  /** As if the network had failed. */
  private static void interrupt(ActiveMQConnection connection) throws InterruptedException {
    FailoverTransport transport = connection.getTransport().narrow(FailoverTransport.class);
    transport.handleTransportFailure(new java.io.IOException("interrupted by the check"));
  }

  private static void failover(Scene scene) throws Exception {
    ActiveMQConnection connection = failing(scene);
    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    Queue queue = session.createQueue(Scene.fresh("f"));
    MessageConsumer consumer = session.createConsumer(queue);
    MessageProducer producer = session.createProducer(queue);
    for (int round = 0; round < 3; round++) {
      producer.send(session.createTextMessage("" + round));
      Expect.equal(Scene.next(consumer), "" + round);
      interrupt(connection);
      producer.send(session.createTextMessage("after " + round));
      Expect.equal(Scene.next(consumer), "after " + round);
    }
    Expect.equal(Scene.soon(consumer), "nothing");
  }

  private static void failoverInTransaction(Scene scene) throws Exception {
    ActiveMQConnection connection = failing(scene);
    Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
    Queue queue = session.createQueue(Scene.fresh("f"));
    MessageProducer producer = session.createProducer(queue);
    producer.send(session.createTextMessage("0"));
    interrupt(connection);
    producer.send(session.createTextMessage("1"));
    session.commit();
    MessageConsumer consumer = scene.auto().createConsumer(queue);
    Expect.equal(Scene.next(consumer, 2), List.of("0", "1"));
    Expect.equal(Scene.soon(consumer), "nothing");
  }

  private static void churn(Scene scene) throws Exception {
    for (int round = 0; round < 30; round++) {
      ActiveMQConnection connection =
          (ActiveMQConnection) new ActiveMQConnectionFactory(Scene.url).createConnection();
      connection.start();
      Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
      Queue queue = session.createQueue(Scene.fresh("f"));
      session.createProducer(queue).send(session.createTextMessage("x"));
      Expect.equal(Scene.next(session.createConsumer(queue)), "x");
      connection.close();
    }
  }
}
