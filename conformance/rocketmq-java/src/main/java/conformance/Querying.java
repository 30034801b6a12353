package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.sent;

import checks.Expect;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages by their ids and keys, and what traces tell of them. */
class Querying {
  static void checks() {
    check("query by the two ids", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      SendResult result = sent(producer.send(new Message(topic, "T", "key", "found".getBytes())));
      MessageExt byOffset = producer.viewMessage(topic, result.getOffsetMsgId());
      Expect.equal(Scene.text(byOffset), "found");
      Expect.equal(byOffset.getTags(), "T");
      Expect.equal(byOffset.getQueueId(), result.getMessageQueue().getQueueId());
      Expect.equal(byOffset.getQueueOffset(), result.getQueueOffset());
      scene.fact("message", Raw.shape(byOffset));
      soonFound(producer, topic, "key", 1);
      MessageExt byUnique = producer.viewMessage(topic, result.getMsgId());
      Expect.equal(Scene.text(byUnique), "found");
      Expect.equal(byUnique.getMsgId(), result.getMsgId());
    });

    check("query by key", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      for (int n = 0; n < 6; n++) {
        Message message = message(topic, "value " + n);
        message.setKeys(List.of("order-" + n % 2, "all"));
        sent(producer.send(message));
      }
      soonFound(producer, topic, "all", 6);
      List<MessageExt> even = soonFound(producer, topic, "order-0", 3);
      Expect.equal(even.stream().map(Scene::text).sorted().toList(), List.of("value 0", "value 2", "value 4"));
      scene.fact("message", Raw.shape(even.get(0)));
      scene.fact("at most 2", producer.queryMessage(topic, "all", 2, 0, later()).getMessageList().size());
      scene.fact("nobody's key", Scene.ending(() -> producer.queryMessage(topic, "nobody", 10, 0, later())));
      Expect.failure(MQClientException.class, () -> producer.queryMessage(topic, "all", 10, 0, 1000));
    });

    check("query traces of sending and consuming", scene -> {
      DefaultMQProducer maker = scene.producer();
      String topic = scene.topic(1);
      // Apache RocketMQ does not make the topic of traces unless it was told to keep them.
      String traces = scene.topic(1);
      DefaultMQProducer producer = new DefaultMQProducer(scene.group(), true, traces);
      producer.setNamesrvAddr(Scene.nameServer);
      producer.setInstanceName(Scene.fresh("instance"));
      scene.started(producer);
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(scene.group(), true, traces);
      consumer.setNamesrvAddr(Scene.nameServer);
      consumer.setInstanceName(Scene.fresh("instance"));
      consumer.setHeartbeatBrokerInterval(1000);
      consumer.setConsumeFromWhere(org.apache.rocketmq.common.consumer.ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
      consumer.subscribe(topic, "*");
      consumer.registerMessageListener(inbox.taking());
      scene.started(consumer);
      SendResult result = sent(producer.send(message(topic, "traced")));
      inbox.waitFor(1);
      Inbox told = scene.inbox(traces);
      Expect.soon(() -> told.texts().stream().collect(Collectors.joining()).contains("SubAfter"), told::size);
      String all = String.join("", told.texts());
      for (String kind : List.of("Pub", "SubBefore", "SubAfter")) Expect.that(all.contains(kind), kind + " is missing");
      Expect.that(all.contains(result.getMsgId()), "the message's id is missing");
      soonFound(maker, traces, result.getMsgId(), 1);
    });
  }

  private static long later() {
    return System.currentTimeMillis() + 60_000;
  }

  /** At least so many; indexes are filled after the answer to the sender. */
  private static List<MessageExt> soonFound(DefaultMQProducer producer, String topic, String key, int count) {
    List<MessageExt> found = new java.util.ArrayList<>();
    Expect.soon(() -> {
      try {
        QueryResult result = producer.queryMessage(topic, key, 32, 0, later());
        found.clear();
        found.addAll(result.getMessageList());
        return found.size() >= count;
      } catch (Exception notYet) {
        return false;
      }
    }, () -> found.size() + " of " + count + " found by " + key);
    return found;
  }
}
