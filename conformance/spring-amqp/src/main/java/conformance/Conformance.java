package conformance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.amqp.core.AmqpAdmin;
import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.ExchangeTypes;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageBuilder;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.core.ReturnedMessage;
import org.springframework.amqp.core.TopicExchange;
import org.springframework.amqp.rabbit.annotation.Exchange;
import org.springframework.amqp.rabbit.annotation.QueueBinding;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.rabbit.connection.ConnectionFactory;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.messaging.handler.annotation.Header;

/** What a Spring program does with RabbitMQ every day: a line a check, exit code 1 if one fails. */
@SpringBootApplication
public class Conformance {
  static final BlockingQueue<String> work = new LinkedBlockingQueue<>();
  static final BlockingQueue<String> news = new LinkedBlockingQueue<>();
  static final BlockingQueue<String> retried = new LinkedBlockingQueue<>();

  @Bean
  Queue pullQueue() {
    return new Queue("spring.pull");
  }

  @Bean
  Queue workQueue() {
    return QueueBuilder.durable("spring.work").build();
  }

  @Bean
  Queue rpcQueue() {
    return QueueBuilder.nonDurable("spring.rpc").autoDelete().build();
  }

  @Bean
  Queue retryQueue() {
    return new Queue("spring.retry");
  }

  @Bean
  TopicExchange events() {
    return new TopicExchange("spring.events");
  }

  @Bean
  Binding workBinding(Queue workQueue, TopicExchange events) {
    return BindingBuilder.bind(workQueue).to(events).with("order.*");
  }

  @RabbitListener(queues = "spring.work")
  void onWork(String body, @Header(name = "kind", required = false) String kind) {
    work.add(body + "/" + kind);
  }

  @RabbitListener(queues = "spring.rpc")
  String onCall(String body) {
    return body.toUpperCase();
  }

  @RabbitListener(bindings = @QueueBinding(value = @org.springframework.amqp.rabbit.annotation.Queue,
      exchange = @Exchange(value = "spring.news", type = ExchangeTypes.FANOUT, autoDelete = "true")))
  void onNews(String body) {
    news.add(body);
  }

  @RabbitListener(queues = "spring.retry")
  void onRetry(Message message) {
    String body = new String(message.getBody(), StandardCharsets.UTF_8);
    boolean again = Boolean.TRUE.equals(message.getMessageProperties().isRedelivered());
    retried.add(body + "/" + again);
    if (body.equals("refused")) throw new AmqpRejectAndDontRequeueException("refused");
    if (!again) throw new IllegalStateException("once more");
  }

  interface Body {
    void run() throws Exception;
  }

  static int failures = 0;

  static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok " + name);
    } catch (Throwable error) {
      failures++;
      System.out.println("FAIL " + name + ": " + String.valueOf(error).replace('\n', ' '));
    }
  }

  static void same(Object expected, Object found) {
    if (!String.valueOf(expected).equals(String.valueOf(found))) throw new AssertionError("expected " + expected + ", found " + found);
  }

  static String next(BlockingQueue<String> from) throws InterruptedException {
    return from.poll(5, TimeUnit.SECONDS);
  }

  public static void main(String[] args) {
    ConfigurableApplicationContext context = SpringApplication.run(Conformance.class, args);
    ConnectionFactory connections = context.getBean(ConnectionFactory.class);
    AmqpAdmin admin = context.getBean(AmqpAdmin.class);
    RabbitTemplate template = context.getBean(RabbitTemplate.class);

    check("template sends and receives", () -> {
      admin.purgeQueue("spring.pull");
      template.convertAndSend("spring.pull", "first");
      template.convertAndSend("spring.pull", "second");
      same("first", template.receiveAndConvert("spring.pull", 5000));
      same("second", template.receiveAndConvert("spring.pull", 5000));
      same(null, template.receiveAndConvert("spring.pull"));
    });

    check("properties and headers survive", () -> {
      Message sent = MessageBuilder.withBody("x".getBytes()).setContentType("application/x-thing").setCorrelationId("c-1")
          .setMessageId("m-1").setType("kind").setPriority(3).setHeader("number", 42L).setHeader("list", List.of("a", 1)).build();
      template.send("spring.pull", sent);
      MessageProperties found = template.receive("spring.pull", 5000).getMessageProperties();
      same("application/x-thing c-1 m-1 kind 3", String.join(" ", found.getContentType(), found.getCorrelationId(), found.getMessageId(),
          found.getType(), String.valueOf(found.getPriority())));
      same(42L, found.getHeader("number"));
      same(List.of("a", 1), found.getHeader("list"));
    });

    check("listener on a declared queue bound to a topic exchange", () -> {
      work.clear();
      template.convertAndSend("spring.events", "order.paid", "for me", message -> {
        message.getMessageProperties().setHeader("kind", "paid");
        return message;
      });
      template.convertAndSend("spring.events", "invoice.paid", "for nobody");
      template.convertAndSend("spring.events", "order.sent", "me again");
      same("for me/paid", next(work));
      same("me again/null", next(work));
    });

    check("listener with an anonymous queue on a fanout exchange", () -> {
      template.convertAndSend("spring.news", "", "read all about it");
      same("read all about it", next(news));
    });

    check("request and reply by direct reply-to", () -> {
      same("HELLO", template.convertSendAndReceive("spring.rpc", "hello"));
      same("AGAIN", template.convertSendAndReceive("spring.rpc", "again"));
    });

    check("request and reply by temporary queues", () -> {
      RabbitTemplate temporary = new RabbitTemplate(connections);
      temporary.setUseTemporaryReplyQueues(true);
      same("HELLO", temporary.convertSendAndReceive("spring.rpc", "hello"));
    });

    check("publisher confirms, correlated", () -> {
      List<CorrelationData> sent = new ArrayList<>();
      for (int n = 0; n < 200; n++) {
        CorrelationData correlation = new CorrelationData("n-" + n);
        template.convertAndSend("spring.events", "nobody.listens", "n" + n, correlation);
        sent.add(correlation);
      }
      for (CorrelationData each : sent) same(true, each.getFuture().get(5, TimeUnit.SECONDS).isAck());
    });

    check("mandatory message that has no queue returns, and is confirmed", () -> {
      BlockingQueue<String> returned = new LinkedBlockingQueue<>();
      RabbitTemplate mandatory = new RabbitTemplate(connections);
      mandatory.setMandatory(true);
      mandatory.setReturnsCallback((ReturnedMessage message) -> returned.add(message.getReplyCode() + " " + message.getReplyText()));
      CorrelationData correlation = new CorrelationData("lost");
      mandatory.convertAndSend("spring.events", "nobody.listens", (Object) "lost", correlation);
      same(true, correlation.getFuture().get(5, TimeUnit.SECONDS).isAck());
      same("312 NO_ROUTE", next(returned));
      same(312, correlation.getReturned().getReplyCode());
    });

    check("a listener that throws gets the message again, one that refuses does not", () -> {
      retried.clear();
      template.convertAndSend("spring.retry", "again");
      same("again/false", next(retried));
      same("again/true", next(retried));
      template.convertAndSend("spring.retry", "refused");
      same("refused/false", next(retried));
      same(null, retried.poll(300, TimeUnit.MILLISECONDS));
    });

    check("admin counts, purges, deletes", () -> {
      String name = admin.declareQueue(new Queue("spring.admin", true, false, false));
      same("spring.admin", name);
      for (int n = 0; n < 3; n++) template.convertAndSend(name, (Object) ("n" + n));
      Thread.sleep(200);
      same(3, admin.getQueueInfo(name).getMessageCount());
      same(3, admin.purgeQueue(name));
      same(true, admin.deleteQueue(name));
      same(null, admin.getQueueInfo(name));
    });

    context.close();
    System.exit(failures == 0 ? 0 : 1);
  }
}
