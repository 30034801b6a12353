package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.noise;
import static conformance.Scene.numbered;
import static conformance.Scene.sent;

import checks.Expect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** DefaultMQProducer in all of its ways to send. */
class Sending {
  static void checks() {
    check("send answered with status, queue and offset", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      for (int n = 0; n < 3; n++) {
        SendResult result = sent(producer.send(message(topic, "value " + n)));
        Expect.equal(result.getQueueOffset(), (long) n);
        Expect.equal(result.getMessageQueue().getTopic(), topic);
        // As long as the client's own address, and as the broker's.
        Expect.that(Set.of(32, 56).contains(result.getMsgId().length()), result.getMsgId());
        Expect.that(Set.of(32, 56).contains(result.getOffsetMsgId().length()), result.getOffsetMsgId());
        scene.fact("region", result.getRegionId());
        scene.fact("traced", result.isTraceOn());
        scene.fact("transaction", result.getTransactionId() == null ? "none" : "told");
      }
    });

    check("send by callback", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(4);
      Inbox inbox = scene.inbox(topic);
      List<CompletableFuture<SendResult>> answers = new ArrayList<>();
      for (String value : numbered(200)) {
        CompletableFuture<SendResult> answer = new CompletableFuture<>();
        answers.add(answer);
        producer.send(message(topic, value), into(answer));
      }
      for (CompletableFuture<SendResult> answer : answers) sent(answer.get(10, TimeUnit.SECONDS));
      inbox.settlesAt(200);
      Expect.equal(inbox.sorted(), numbered(200).stream().sorted().toList());
    });

    check("send one-way", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      Inbox inbox = scene.inbox(topic);
      for (String value : numbered(50)) producer.sendOneway(message(topic, value));
      inbox.settlesAt(50);
    });

    check("send to all queues in turn", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(4);
      Map<Integer, Integer> counts = new TreeMap<>();
      for (int n = 0; n < 8; n++) {
        counts.merge(sent(producer.send(message(topic, "x"))).getMessageQueue().getQueueId(), 1, Integer::sum);
      }
      Expect.equal(counts, Map.of(0, 2, 1, 2, 2, 2, 3, 2));
    });

    check("send to a queue that was chosen", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(4);
      MessageQueue third = Scene.queue(producer, topic, 2);
      for (long n = 0; n < 3; n++) {
        Expect.equal(sent(producer.send(message(topic, "x"), third)).getQueueOffset(), n);
      }
      Set<Integer> queues = new HashSet<>();
      for (int n = 0; n < 6; n++) {
        SendResult result = producer.send(message(topic, "y"), new SelectMessageQueueByHash(), "order 17");
        queues.add(sent(result).getMessageQueue().getQueueId());
      }
      Expect.equal(queues.size(), 1);
    });

    check("send a batch", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      sent(producer.send(message(topic, "before")));
      List<Message> batch = new ArrayList<>();
      for (String value : numbered(10)) {
        Message message = message(topic, value);
        message.setTags(value.endsWith("3") ? "three" : "other");
        message.setKeys("key-" + value.replace(' ', '-'));
        message.putUserProperty("of", "batch");
        batch.add(message);
      }
      SendResult result = sent(producer.send(batch));
      Expect.equal(result.getMsgId().split(",").length, 10);
      Expect.equal(result.getOffsetMsgId().split(",").length, 10);
      Expect.equal(result.getQueueOffset(), 1L);
      sent(producer.send(message(topic, "after")));
      inbox.settlesAt(12);
      for (MessageExt message : inbox.all()) {
        String text = Scene.text(message);
        if (!text.startsWith("value")) continue;
        Expect.equal(message.getQueueOffset(), 1L + Long.parseLong(text.substring(6)));
        Expect.equal(message.getUserProperty("of"), "batch");
        Expect.equal(message.getTags(), text.endsWith("3") ? "three" : "other");
        Expect.equal(message.getReconsumeTimes(), 0);
      }
      List<String> ids = inbox.all().stream().map(MessageExt::getMsgId).toList();
      boolean each = ids.containsAll(List.of(result.getMsgId().split(",")));
      scene.fact("ids", each ? "of each message" : "the same for all");
      scene.fact("message", Raw.shape(inbox.get(5)));
    });

    check("send a batch by callback, and batched by the client", scene -> {
      DefaultMQProducer producer = scene.producer();
      producer.setAutoBatch(true);
      producer.batchMaxDelayMs(20);
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      CompletableFuture<SendResult> answer = new CompletableFuture<>();
      producer.send(List.of(message(topic, "one"), message(topic, "two")), into(answer));
      sent(answer.get(10, TimeUnit.SECONDS));
      List<CompletableFuture<SendResult>> answers = new ArrayList<>();
      for (String value : numbered(100)) {
        CompletableFuture<SendResult> one = new CompletableFuture<>();
        answers.add(one);
        producer.send(message(topic, value), into(one));
      }
      for (CompletableFuture<SendResult> one : answers) sent(one.get(10, TimeUnit.SECONDS));
      inbox.settlesAt(102);
    });

    check("send tags, keys and properties", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Message message = message(topic, "Grüße, 世界 🙂");
      message.setTags("TagÄ");
      message.setKeys(List.of("key-1", "key-2", "schlüssel"));
      message.setFlag(4711);
      message.putUserProperty("plain", "text");
      message.putUserProperty("Größe", "groß 世界 🙂");
      message.putUserProperty("blank", " a  b ");
      message.setBuyerId("buyer");
      long before = System.currentTimeMillis();
      SendResult result = sent(producer.send(message));
      inbox.waitFor(1);
      MessageExt got = inbox.get(0);
      Expect.equal(Scene.text(got), "Grüße, 世界 🙂");
      Expect.equal(got.getTags(), "TagÄ");
      Expect.equal(got.getKeys(), "key-1 key-2 schlüssel");
      Expect.equal(got.getFlag(), 4711);
      Expect.equal(got.getUserProperty("plain"), "text");
      Expect.equal(got.getUserProperty("Größe"), "groß 世界 🙂");
      Expect.equal(got.getUserProperty("blank"), " a  b ");
      Expect.equal(got.getBuyerId(), "buyer");
      Expect.equal(got.getMsgId(), result.getMsgId());
      Expect.equal(got.getProperty("CLUSTER"), Scene.CLUSTER);
      Expect.between(got.getBornTimestamp(), before, before + 5000, "born");
      Expect.between(got.getStoreTimestamp(), before, before + 5000, "stored");
      Expect.equal(got.getBornHostString(), "127.0.0.1");
      scene.fact("message", Raw.shape(got));
      scene.fact("broker", got.getBrokerName());
    });

    check("send bodies from 1 B to 4 MiB", scene -> {
      DefaultMQProducer producer = scene.producer();
      producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
      producer.setSendMsgTimeout(10_000);
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      int[] sizes = {1, 100, 4095, 65_536, 300_000, 1 << 20, 4 << 20};
      for (int size : sizes) sent(producer.send(new Message(topic, noise(size))));
      inbox.settlesAt(sizes.length);
      Map<Integer, byte[]> bodies =
          inbox.all().stream().collect(Collectors.toMap(m -> m.getBody().length, MessageExt::getBody));
      for (int size : sizes) Expect.that(Arrays.equals(bodies.get(size), noise(size)), size + " B are not the same");
    });

    for (CompressionType type : CompressionType.values()) {
      check("send compressed by " + type, scene -> {
        DefaultMQProducer producer = scene.producer();
        producer.setCompressType(type);
        String topic = scene.topic(1);
        Inbox inbox = scene.inbox(topic);
        String text = "much of the same ".repeat(5000);
        sent(producer.send(message(topic, text)));
        sent(producer.send(new Message(topic, noise(10_000))));
        inbox.settlesAt(2);
        Expect.that(inbox.texts().contains(text), "not the same text");
        boolean same = inbox.all().stream().anyMatch(m -> Arrays.equals(m.getBody(), noise(10_000)));
        Expect.that(same, "not the same bytes");
        scene.fact("flags", inbox.all().stream().map(m -> "" + m.getSysFlag()).sorted().toList());
      });
    }

    check("send by four threads at once", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Set<Long> offsets = java.util.concurrent.ConcurrentHashMap.newKeySet();
      List<CompletableFuture<Void>> threads = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        threads.add(CompletableFuture.runAsync(() -> {
          try {
            for (int n = 0; n < 250; n++) offsets.add(sent(producer.send(message(topic, "x"))).getQueueOffset());
          } catch (Exception error) {
            throw new IllegalStateException(error);
          }
        }));
      }
      for (CompletableFuture<Void> thread : threads) thread.get(30, TimeUnit.SECONDS);
      Expect.equal(offsets.size(), 1000);
      Expect.equal(producer.maxOffset(Scene.queue(producer, topic, 0)), 1000L);
    });

    check("send the first message makes its topic", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = Scene.fresh("made");
      sent(producer.send(message(topic, "first")));
      Expect.soon(() -> {
        try {
          return producer.fetchPublishMessageQueues(topic).size() == 4;
        } catch (Exception notYet) {
          return false;
        }
      }, () -> "not four queues");
      Inbox inbox = scene.inbox(topic);
      inbox.waitFor(1);
      DefaultMQProducer one = scene.producer();
      one.setDefaultTopicQueueNums(1);
      String narrow = Scene.fresh("made");
      sent(one.send(message(narrow, "first")));
      Expect.soon(() -> {
        try {
          return one.fetchPublishMessageQueues(narrow).size() == 1;
        } catch (Exception notYet) {
          return false;
        }
      }, () -> "not one queue");
    });

    check("send within a namespace", scene -> {
      String group = scene.group();
      DefaultMQProducer producer = new DefaultMQProducer(group);
      producer.setNamesrvAddr(Scene.nameServer);
      producer.setInstanceName(Scene.fresh("instance"));
      producer.setNamespaceV2("space");
      scene.started(producer);
      String topic = Scene.fresh("spaced");
      SendResult result = sent(producer.send(message(topic, "inside")));
      scene.fact("topic", Expect.steady(result.getMessageQueue().getTopic()));
      Inbox inbox = scene.inbox(topic);
      inbox.waitFor(1);
      scene.fact("message", Raw.shape(inbox.get(0)));
    });
  }

  static SendCallback into(CompletableFuture<SendResult> answer) {
    return new SendCallback() {
      @Override
      public void onSuccess(SendResult result) {
        answer.complete(result);
      }

      @Override
      public void onException(Throwable error) {
        answer.completeExceptionally(error);
      }
    };
  }
}
