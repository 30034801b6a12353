package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.numbered;
import static conformance.Scene.sent;

import checks.Expect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.UtilAll;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** DefaultMQPushConsumer on its own: what it gets, in which order, from where on. */
class Consuming {
  static void checks() {
    check("push everything, once", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(4);
      for (String value : numbered(100)) sent(producer.send(message(topic, value)));
      Inbox inbox = scene.inbox(topic);
      inbox.waitFor(100);
      for (String value : numbered(100)) sent(producer.send(message(topic, value + " again")));
      inbox.settlesAt(200);
      Expect.equal(Set.copyOf(inbox.texts()).size(), 200);
    });

    check("push a message arrives while the consumer waits", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      sent(producer.send(message(topic, "first")));
      inbox.waitFor(1);
      for (int n = 1; n < 6; n++) {
        Expect.pause(300);
        long before = System.currentTimeMillis();
        sent(producer.send(message(topic, "now")));
        inbox.waitFor(n + 1);
        Expect.between(inbox.time(n) - before, 0, 500, "ms until it arrived");
      }
    });

    check("push by tags", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "A || B");
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      for (String tag : List.of("A", "B", "C", "A", "AA", "BB")) {
        sent(producer.send(new Message(topic, tag, tag.getBytes())));
      }
      sent(producer.send(message(topic, "none")));
      inbox.settlesAt(3);
      Expect.equal(inbox.sorted(), List.of("A", "A", "B"));
    });

    check("push by tags whose hash is the same", scene -> {
      Expect.equal("Aa".hashCode(), "BB".hashCode());
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "Aa");
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      for (String tag : List.of("BB", "Aa")) sent(producer.send(new Message(topic, tag, tag.getBytes())));
      inbox.settlesAt(1);
      Expect.equal(inbox.texts(), List.of("Aa"));
    });

    check("push by SQL", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.subscribe(topic, MessageSelector.bySql(
          "(price BETWEEN 3 AND 5 OR region IN ('eu', 'us')) AND TAGS IS NOT NULL AND size IS NULL"
              + " AND NOT (price > 6)"));
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      for (int price = 0; price < 8; price++) {
        Message message = new Message(topic, "T", ("" + price).getBytes());
        message.putUserProperty("price", "" + price);
        message.putUserProperty("region", price % 2 == 0 ? "asia" : "eu");
        sent(producer.send(message));
      }
      Message sized = new Message(topic, "T", "sized".getBytes());
      sized.putUserProperty("size", "1");
      sized.putUserProperty("price", "4");
      sent(producer.send(sized));
      sent(producer.send(message(topic, "no tag")));
      inbox.settlesAt(4);
      Expect.equal(inbox.sorted(), List.of("1", "3", "4", "5"));
    });

    check("push a new group begins at the end", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      for (String value : numbered(5)) sent(producer.send(message(topic, value)));
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      Expect.pause(2000);
      // Where a queue still begins at 0, the broker lets a new group begin there all the same.
      scene.fact("of 5 before it", inbox.size());
      sent(producer.send(message(topic, "later")));
      Expect.soon(() -> inbox.texts().contains("later"), inbox::texts);
    });

    check("push a new group begins at a time", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      sent(producer.send(message(topic, "before")));
      Expect.pause(2100);
      long middle = System.currentTimeMillis();
      Expect.pause(1100);
      sent(producer.send(message(topic, "after")));
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_TIMESTAMP);
      consumer.setConsumeTimestamp(UtilAll.timeMillisToHumanString3(middle));
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      inbox.waitFor(1);
      Expect.pause(1000);
      scene.fact("begins with", inbox.texts().get(0));
    });

    check("push many at once to a listener of batches", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      for (String value : numbered(100)) sent(producer.send(message(topic, value)));
      Inbox inbox = new Inbox();
      AtomicInteger largest = new AtomicInteger();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.setConsumeMessageBatchMaxSize(10);
      consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
        largest.accumulateAndGet(batch.size(), Math::max);
        batch.forEach(inbox::add);
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
      });
      scene.started(consumer);
      inbox.settlesAt(100);
      Expect.equal(largest.get(), 10);
    });

    check("orderly each queue in its order", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(4);
      Map<Integer, List<Long>> offsets = new ConcurrentHashMap<>();
      AtomicInteger count = new AtomicInteger();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
        for (MessageExt message : batch) {
          offsets.computeIfAbsent(message.getQueueId(), id -> new ArrayList<>()).add(message.getQueueOffset());
          count.incrementAndGet();
        }
        return ConsumeOrderlyStatus.SUCCESS;
      });
      scene.started(consumer);
      for (int n = 0; n < 200; n++) {
        MessageQueue queue = Scene.queue(producer, topic, n % 4);
        sent(producer.send(message(topic, "value " + n), queue));
      }
      Expect.soon(() -> count.get() >= 200, count::get);
      for (int queue = 0; queue < 4; queue++) {
        List<Long> all = new ArrayList<>();
        for (long offset = 0; offset < 50; offset++) all.add(offset);
        Expect.equal(offsets.get(queue), all);
      }
    });

    check("orderly one that fails holds its queue back", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      Inbox inbox = new Inbox();
      AtomicInteger tries = new AtomicInteger();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.setSuspendCurrentQueueTimeMillis(500);
      consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
        MessageExt message = batch.get(0);
        boolean fails = Scene.text(message).equals("0-1") && tries.incrementAndGet() <= 2;
        if (fails) return ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
        inbox.add(message);
        return ConsumeOrderlyStatus.SUCCESS;
      });
      for (int n = 0; n < 4; n++) {
        for (int id = 0; id < 2; id++) {
          sent(producer.send(message(topic, id + "-" + n), Scene.queue(producer, topic, id)));
        }
      }
      scene.started(consumer);
      inbox.settlesAt(8);
      Map<Character, List<String>> byQueue = new HashMap<>();
      for (String text : inbox.texts()) byQueue.computeIfAbsent(text.charAt(0), id -> new ArrayList<>()).add(text);
      Expect.equal(byQueue.get('0'), List.of("0-0", "0-1", "0-2", "0-3"));
      Expect.equal(byQueue.get('1'), List.of("1-0", "1-1", "1-2", "1-3"));
      Expect.equal(tries.get(), 3);
      int failed = inbox.texts().indexOf("0-1");
      scene.fact("reconsumeTimes", inbox.get(failed).getReconsumeTimes());
    });

    check("push goes on where its predecessor stopped", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      String group = scene.group();
      for (String value : numbered(10)) sent(producer.send(message(topic, value)));
      Inbox before = new Inbox();
      DefaultMQPushConsumer first = scene.push(group, topic, "*");
      first.registerMessageListener(before.taking());
      first.start();
      before.settlesAt(10);
      first.shutdown();
      for (String value : numbered(5)) sent(producer.send(message(topic, value + " later")));
      Inbox after = new Inbox();
      DefaultMQPushConsumer second = scene.push(group, topic, "*");
      second.registerMessageListener(after.taking());
      scene.started(second);
      after.settlesAt(5);
    });

    check("push two groups get all, each", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      Inbox one = scene.inbox(topic);
      Inbox two = scene.inbox(topic);
      for (String value : numbered(20)) sent(producer.send(message(topic, value)));
      one.settlesAt(20);
      two.settlesAt(20);
    });

    check("push of two topics, and of one no more", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      String other = scene.topic(1);
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.subscribe(other, "*");
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      sent(producer.send(message(topic, "one")));
      sent(producer.send(message(other, "two")));
      inbox.settlesAt(2);
      consumer.unsubscribe(other);
      sent(producer.send(message(topic, "three")));
      inbox.settlesAt(3);
    });
  }
}
