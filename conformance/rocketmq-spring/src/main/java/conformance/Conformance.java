package conformance;

import checks.Checks;
import checks.Expect;
import checks.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.rocketmq.spring.support.RocketMQHeaders;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;

/**
 * What a Spring program does with RocketMQ every day, against the name server at args[0]: a line a check, exit code 1
 * if one fails. args[1]: only the checks with this in their name. The listeners are in `Listeners`.
 */
@SpringBootApplication
public class Conformance {
  private static final int CHECKED_SECONDS = 75;
  /** A client whose heartbeat was left out is only believed after the next one, which comes each 30 s. */
  private static final int ARRIVED_SECONDS = 45;

  /** An object that becomes JSON on the way. */
  public record Order(String id, int amount) {}

  public static void main(String[] args) throws Exception {
    String prefix = Stage.fresh("spring");
    makeTopics(args[0], prefix);
    ConfigurableApplicationContext context = SpringApplication.run(Conformance.class,
        "--prefix=" + prefix,
        "--rocketmq.name-server=" + args[0],
        "--rocketmq.producer.group=" + prefix + "_producer",
        "--rocketmq.pull-consumer.group=" + prefix + "_pull",
        "--rocketmq.pull-consumer.topic=" + prefix + "_pull",
        "--spring.main.banner-mode=off",
        "--spring.main.web-application-type=none",
        "--logging.level.root=off");
    Checks<Stage> checks = new Checks<>(Stage::new, args.length > 1 ? args[1] : "");
    RocketMQTemplate template = context.getBean(RocketMQTemplate.class);
    transactions(checks, template, prefix);
    consuming(checks, template, prefix);
    sending(checks, template, prefix);
    checks.runAll();
  }

  private static void sending(Checks<Stage> checks, RocketMQTemplate template, String prefix) {
    checks.add("template sends a text and an object", scene -> {
      ok(template.syncSend(prefix + "_text", "Grüße, 世界"));
      ok(template.syncSend(prefix + "_order", new Order("o-1", 3)));
      arrived(Listeners.texts, "Grüße, 世界");
      arrived(Listeners.orders, new Order("o-1", 3));
    });

    checks.add("template sends one-way, by callback and many at once", scene -> {
      String topic = prefix + "_text";
      template.sendOneWay(topic, "one-way");
      CompletableFuture<SendResult> answer = new CompletableFuture<>();
      template.asyncSend(topic, "by callback", new SendCallback() {
        @Override
        public void onSuccess(SendResult result) {
          answer.complete(result);
        }

        @Override
        public void onException(Throwable error) {
          answer.completeExceptionally(error);
        }
      });
      ok(answer.get(10, TimeUnit.SECONDS));
      List<Message<String>> batch = new ArrayList<>();
      for (int n = 0; n < 5; n++) batch.add(MessageBuilder.withPayload("of a batch " + n).build());
      ok(template.syncSend(topic, batch));
      template.convertAndSend(topic, "converted");
      for (String text : List.of("one-way", "by callback", "of a batch 0", "of a batch 4", "converted")) {
        arrived(Listeners.texts, text);
      }
    });

    checks.add("template sends headers", scene -> {
      Message<String> message = MessageBuilder.withPayload("with headers").setHeader(RocketMQHeaders.KEYS, "key-1")
          .setHeader("mine", "kept").build();
      SendResult result = ok(template.syncSend(prefix + "_raw:T", message));
      Expect.soon(ARRIVED_SECONDS, () -> Listeners.raw.size() == 1, Listeners.raw::size);
      Map<String, String> got = Listeners.raw.get(0).getProperties();
      Expect.equal(got.get("KEYS"), "key-1");
      Expect.equal(got.get("TAGS"), "T");
      Expect.equal(got.get("mine"), "kept");
      Expect.equal(Listeners.raw.get(0).getMsgId(), result.getMsgId());
    });

    checks.add("template sends for later", scene -> {
      String topic = prefix + "_text";
      long before = System.currentTimeMillis();
      ok(template.syncSendDelayTimeSeconds(topic, "in 3 s", 3));
      ok(template.syncSend(topic, MessageBuilder.withPayload("level 1").build(), 3000, 1));
      arrived(Listeners.texts, "level 1");
      arrived(Listeners.texts, "in 3 s");
      Expect.between(System.currentTimeMillis() - before, 2400, 6000, "ms");
    });

    checks.add("template receives", scene -> {
      for (int n = 0; n < 3; n++) ok(template.syncSend(prefix + "_pull", "pulled " + n));
      List<String> got = new ArrayList<>();
      Expect.soon(ARRIVED_SECONDS, () -> {
        got.addAll(template.receive(String.class, 500));
        return got.size() >= 3;
      }, got::size);
      Expect.equal(got.stream().sorted().toList(), List.of("pulled 0", "pulled 1", "pulled 2"));
    });
  }

  private static void consuming(Checks<Stage> checks, RocketMQTemplate template, String prefix) {
    checks.add("listener gets its tags only", scene -> {
      for (String tag : List.of("A", "B", "C")) ok(template.syncSend(prefix + "_tagged:" + tag, tag));
      arrived(Listeners.tagged, "A");
      arrived(Listeners.tagged, "B");
      Expect.pause(1000);
      Expect.equal(Listeners.tagged.size(), 2);
    });

    checks.add("listener in order", scene -> {
      for (int n = 0; n < 20; n++) ok(template.syncSendOrderly(prefix + "_ordered", "" + n, "one key"));
      Expect.soon(ARRIVED_SECONDS, () -> Listeners.ordered.size() >= 20, Listeners.ordered::size);
      for (int n = 0; n < 20; n++) Expect.equal(Listeners.ordered.get(n), "" + n);
    });

    checks.add("listener that throws gets it again", scene -> {
      ok(template.syncSend(prefix + "_failing", "again"));
      Expect.soon(60, () -> Listeners.failing.size() >= 2, Listeners.failing::size);
      Expect.equal(Listeners.failing.get(1).getReconsumeTimes(), 1);
    });

    checks.add("listeners of a broadcast all get it", scene -> {
      // Such a listener begins with what comes after it has found its queues, a moment after the program's start.
      Expect.soon(ARRIVED_SECONDS, () -> {
        ok(template.syncSend(prefix + "_broadcast", "to all"));
        Expect.pause(500);
        return Listeners.first.contains("to all") && Listeners.second.contains("to all");
      }, () -> "not both");
    });
  }

  private static void transactions(Checks<Stage> checks, RocketMQTemplate template, String prefix) {
    String topic = prefix + "_decided";
    checks.add("transaction undecided, then checked", scene -> {
      begin(template, topic, "check commit");
      begin(template, topic, "check rollback");
      Expect.soon(CHECKED_SECONDS, () -> Listeners.checked.size() >= 2, Listeners.checked::size);
      arrived(Listeners.decided, "check commit");
      Expect.pause(1500);
      Expect.that(!Listeners.decided.contains("check rollback"), "rolled back, and delivered");
    });

    checks.add("transaction committed and rolled back", scene -> {
      TransactionSendResult undone = begin(template, topic, "rollback");
      Expect.equal(undone.getLocalTransactionState(), LocalTransactionState.ROLLBACK_MESSAGE);
      TransactionSendResult done = begin(template, topic, "commit");
      Expect.equal(done.getLocalTransactionState(), LocalTransactionState.COMMIT_MESSAGE);
      arrived(Listeners.decided, "commit");
      Expect.pause(1000);
      Expect.that(!Listeners.decided.contains("rollback"), "rolled back, and delivered");
      Expect.equal(Listeners.arguments.get("commit"), "argument of commit");
    });
  }

  private static TransactionSendResult begin(RocketMQTemplate template, String topic, String payload) {
    Message<String> message = MessageBuilder.withPayload(payload).build();
    return template.sendMessageInTransaction(topic, message, "argument of " + payload);
  }

  private static SendResult ok(SendResult result) {
    Expect.equal(result.getSendStatus(), SendStatus.SEND_OK);
    return result;
  }

  private static <T> void arrived(List<T> list, T value) {
    Expect.soon(ARRIVED_SECONDS, () -> list.contains(value), () -> value + " is not among " + list);
  }

  /** Listeners find queues of topics that come later only after a while. */
  private static void makeTopics(String nameServer, String prefix) throws Exception {
    DefaultMQProducer maker = new DefaultMQProducer(prefix + "_maker");
    maker.setNamesrvAddr(nameServer);
    maker.setInstanceName(prefix + "_maker");
    maker.start();
    String[] names = {"text", "order", "raw", "pull", "tagged", "ordered", "failing", "broadcast", "decided"};
    for (String name : names) maker.createTopic("DefaultCluster", prefix + "_" + name, 2, Map.of());
    Expect.soon(ARRIVED_SECONDS, () -> {
      try {
        for (String name : names) maker.fetchPublishMessageQueues(prefix + "_" + name);
        return true;
      } catch (Exception notYet) {
        return false;
      }
    }, () -> "topics have no route");
    maker.shutdown();
  }
}
