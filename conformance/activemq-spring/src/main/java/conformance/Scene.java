package conformance;

import checks.Stage;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.springframework.jms.connection.CachingConnectionFactory;
import org.springframework.jms.core.JmsTemplate;

/** What one check works on. */
class Scene extends Stage {
  static String url;

  ActiveMQConnectionFactory factory() {
    ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
    factory.setTrustAllPackages(true);
    return factory;
  }

  JmsTemplate template() {
    CachingConnectionFactory caching = new CachingConnectionFactory(factory());
    atEnd(caching::destroy);
    JmsTemplate template = new JmsTemplate(caching);
    template.setReceiveTimeout(5_000);
    return template;
  }
}
