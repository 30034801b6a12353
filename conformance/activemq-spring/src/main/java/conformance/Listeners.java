package conformance;

import checks.Checks;
import checks.Expect;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jms.annotation.EnableJms;
import org.springframework.jms.annotation.JmsListener;
import org.springframework.jms.config.DefaultJmsListenerContainerFactory;
import org.springframework.jms.core.JmsTemplate;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import org.springframework.jms.listener.SimpleMessageListenerContainer;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.SendTo;

/** Listener containers and annotated methods. */
class Listeners {
  static void addTo(Checks<Scene> checks) {
    checks.add("annotated listener with a reply", Listeners::annotated);
    checks.add("polling container, several consumers", Listeners::concurrent);
    checks.add("transacted container gives again what failed", Listeners::transacted);
    checks.add("pushing container", Listeners::pushing);
    checks.add("topic and durable subscription", Listeners::durable);
    checks.add("selector", Listeners::selector);
  }

  @EnableJms
  static class Application {
    @org.springframework.context.annotation.Bean
    DefaultJmsListenerContainerFactory jmsListenerContainerFactory() {
      DefaultJmsListenerContainerFactory factory = new DefaultJmsListenerContainerFactory();
      factory.setConnectionFactory(new Scene().factory());
      return factory;
    }

    @JmsListener(destination = "${queue}", concurrency = "1-3")
    @SendTo("${answers}")
    String handle(String body, @Header("n") int number) {
      return body + number;
    }
  }

  private static void annotated(Scene scene) {
    String queue = Scene.fresh("l");
    String answers = Scene.fresh("l");
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    Map<String, Object> names = Map.of("queue", queue, "answers", answers);
    context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("names", names));
    context.register(Application.class);
    context.refresh();
    scene.atEnd(context::close);
    JmsTemplate template = scene.template();
    template.convertAndSend(queue, "question", message -> {
      message.setIntProperty("n", 7);
      return message;
    });
    Expect.equal(template.receiveAndConvert(answers), "question7");
  }

  private static DefaultMessageListenerContainer container(Scene scene, String destination) {
    DefaultMessageListenerContainer container = new DefaultMessageListenerContainer();
    container.setConnectionFactory(scene.factory());
    container.setDestinationName(destination);
    scene.atEnd(container::shutdown);
    return container;
  }

  private static void start(DefaultMessageListenerContainer container) {
    container.afterPropertiesSet();
    container.start();
  }

  private static void concurrent(Scene scene) {
    String queue = Scene.fresh("l");
    List<String> texts = new CopyOnWriteArrayList<>();
    DefaultMessageListenerContainer container = container(scene, queue);
    container.setConcurrency("2-5");
    container.setMessageListener((javax.jms.MessageListener) message -> texts.add(textOf(message)));
    start(container);
    JmsTemplate template = scene.template();
    for (int index = 0; index < 300; index++) template.convertAndSend(queue, "" + index);
    Expect.soon(() -> texts.size() >= 300, texts::size);
    Expect.equal(texts.stream().distinct().count(), 300L);
    Expect.equal(texts.size(), 300);
  }

  private static void transacted(Scene scene) {
    String queue = Scene.fresh("l");
    AtomicInteger attempts = new AtomicInteger();
    DefaultMessageListenerContainer container = container(scene, queue);
    container.setSessionTransacted(true);
    container.setErrorHandler(error -> {});
    container.setMessageListener((javax.jms.MessageListener) message -> {
      if (attempts.incrementAndGet() < 3) throw new IllegalStateException("not yet");
    });
    start(container);
    scene.template().convertAndSend(queue, "x");
    Expect.soon(() -> attempts.get() == 3, attempts::get);
    Expect.pause(300);
    Expect.equal(attempts.get(), 3);
  }

  private static void pushing(Scene scene) {
    String queue = Scene.fresh("l");
    List<String> texts = new CopyOnWriteArrayList<>();
    SimpleMessageListenerContainer container = new SimpleMessageListenerContainer();
    container.setConnectionFactory(scene.factory());
    container.setDestinationName(queue);
    container.setConcurrency("3");
    container.setMessageListener((javax.jms.MessageListener) message -> texts.add(textOf(message)));
    container.afterPropertiesSet();
    container.start();
    scene.atEnd(container::shutdown);
    JmsTemplate template = scene.template();
    for (int index = 0; index < 100; index++) template.convertAndSend(queue, "" + index);
    Expect.soon(() -> texts.size() == 100, texts::size);
  }

  private static void durable(Scene scene) {
    String topic = Scene.fresh("l");
    String clientId = Scene.fresh("client");
    List<String> texts = new CopyOnWriteArrayList<>();
    JmsTemplate template = scene.template();
    template.setPubSubDomain(true);
    for (int round = 0; round < 2; round++) {
      DefaultMessageListenerContainer container = container(scene, topic);
      container.setPubSubDomain(true);
      container.setSubscriptionDurable(true);
      container.setDurableSubscriptionName("sub");
      container.setClientId(clientId);
      container.setMessageListener((javax.jms.MessageListener) message -> texts.add(textOf(message)));
      start(container);
      Expect.soon(() -> container.getActiveConsumerCount() > 0, container::getActiveConsumerCount);
      Expect.soon(container::isRegisteredWithDestination, () -> "not registered");
      template.convertAndSend(topic, "during " + round);
      int expected = 2 * round + 1;
      Expect.soon(() -> texts.size() == expected, texts::toString);
      container.shutdown();
      template.convertAndSend(topic, "after " + round);
    }
    Expect.equal(texts, List.of("during 0", "after 0", "during 1"));
  }

  private static void selector(Scene scene) {
    String queue = Scene.fresh("l");
    List<String> texts = new CopyOnWriteArrayList<>();
    DefaultMessageListenerContainer container = container(scene, queue);
    container.setMessageSelector("colour = 'red'");
    container.setMessageListener((javax.jms.MessageListener) message -> texts.add(textOf(message)));
    start(container);
    JmsTemplate template = scene.template();
    for (String colour : List.of("blue", "red", "green", "red")) {
      template.convertAndSend(queue, colour, message -> {
        message.setStringProperty("colour", colour);
        return message;
      });
    }
    Expect.soon(() -> texts.size() == 2, texts::toString);
    Expect.equal(template.receiveAndConvert(queue), "blue");
  }

  private static String textOf(javax.jms.Message message) {
    try {
      return ((javax.jms.TextMessage) message).getText();
    } catch (javax.jms.JMSException failed) {
      throw new AssertionError(failed);
    }
  }
}
