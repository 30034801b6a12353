package conformance;

import checks.Stage;
import java.util.ArrayList;
import java.util.List;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnectionFactory;

/** What one check works on: connections of its own, and queues that nobody else uses. */
class Scene extends Stage {
  static final int WAIT_MS = 5_000;
  /** For what must not come. */
  static final int NOTHING_MS = 200;
  static String url;

  Connection connection() throws JMSException {
    return connection(new ActiveMQConnectionFactory(url));
  }

  Connection connection(ActiveMQConnectionFactory factory) throws JMSException {
    factory.setTrustAllPackages(true);
    Connection connection = factory.createConnection();
    atEnd(connection::close);
    connection.start();
    return connection;
  }

  Session auto() throws JMSException {
    return connection().createSession(false, Session.AUTO_ACKNOWLEDGE);
  }

  Session session(int mode) throws JMSException {
    return connection().createSession(mode == Session.SESSION_TRANSACTED, mode);
  }

  static String text(Message message) throws JMSException {
    return message == null ? "nothing" : ((TextMessage) message).getText();
  }

  static String next(MessageConsumer consumer) throws JMSException {
    return text(consumer.receive(WAIT_MS));
  }

  static List<String> next(MessageConsumer consumer, int count) throws JMSException {
    List<String> texts = new ArrayList<>();
    while (texts.size() < count) texts.add(next(consumer));
    return texts;
  }

  static String soon(MessageConsumer consumer) throws JMSException {
    return text(consumer.receive(NOTHING_MS));
  }
}
