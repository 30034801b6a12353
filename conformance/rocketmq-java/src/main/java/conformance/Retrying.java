package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.sent;

import checks.Expect;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** What a consumer gives back: again after a while, and after too many times into its group's dead letters. */
class Retrying {
  static void checks() {
    check("retry after 10 s, with the same id", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "T");
      consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
        inbox.add(batch.get(0));
        boolean first = inbox.size() == 1;
        return first ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
      });
      scene.started(consumer);
      // A client looks for new queues each 20 s, and that of its group's retries is made when it says that it is there.
      String retries = "%RETRY%" + consumer.getConsumerGroup();
      Expect.soon(40, () -> Sharing.queuesOf(consumer, retries) == 1, () -> "no queue of retries");
      Message message = new Message(topic, "T", "key", "again".getBytes());
      message.putUserProperty("mine", "kept");
      SendResult result = sent(producer.send(message));
      inbox.waitFor(2, 40);
      Expect.between(inbox.time(1) - inbox.time(0), 9_000, 14_000, "ms until it came again");
      MessageExt again = inbox.get(1);
      Expect.equal(Scene.text(again), "again");
      Expect.equal(again.getReconsumeTimes(), 1);
      Expect.equal(again.getTopic(), topic);
      Expect.equal(again.getMsgId(), result.getMsgId());
      Expect.equal(again.getTags(), "T");
      Expect.equal(again.getKeys(), "key");
      Expect.equal(again.getUserProperty("mine"), "kept");
      scene.fact("message", Raw.shape(again));
      inbox.staysAt(2, 1500);
    });

    check("retry too often, then among the dead letters", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      String group = scene.group();
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
      consumer.setMaxReconsumeTimes(2);
      consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
        context.setDelayLevelWhenNextConsume(1);
        inbox.add(batch.get(0));
        return ConsumeConcurrentlyStatus.RECONSUME_LATER;
      });
      scene.started(consumer);
      SendResult result = sent(producer.send(message(topic, "hopeless")));
      inbox.waitFor(3, 30);
      for (int n = 0; n < 3; n++) Expect.equal(inbox.get(n).getReconsumeTimes(), n);
      MessageExt dead = dead(scene, group);
      Expect.equal(Scene.text(dead), "hopeless");
      Expect.equal(dead.getMsgId(), result.getMsgId());
      scene.fact("DLQ_ORIGIN_TOPIC", Expect.steady(dead.getProperty("DLQ_ORIGIN_TOPIC")));
      scene.fact("message", Raw.shape(dead));
      scene.fact("reconsumeTimes", dead.getReconsumeTimes());
      scene.fact("route", Raw.json(new Raw(producer).nameServer(105, "topic", "%DLQ%" + group)));
      inbox.staysAt(3, 2500);
    });

    check("retry at once among the dead letters", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      String group = scene.group();
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
      consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
        context.setDelayLevelWhenNextConsume(-1);
        inbox.add(batch.get(0));
        return ConsumeConcurrentlyStatus.RECONSUME_LATER;
      });
      scene.started(consumer);
      sent(producer.send(message(topic, "no more")));
      inbox.waitFor(1);
      Expect.equal(Scene.text(dead(scene, group)), "no more");
      Expect.equal(inbox.size(), 1);
    });

    check("retry some of a batch", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      for (String value : Scene.numbered(4)) sent(producer.send(message(topic, value)));
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
      consumer.setConsumeMessageBatchMaxSize(4);
      consumer.setConsumeThreadMin(1);
      consumer.setConsumeThreadMax(1);
      consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
        batch.forEach(inbox::add);
        context.setDelayLevelWhenNextConsume(1);
        if (batch.get(0).getReconsumeTimes() == 0) context.setAckIndex(batch.size() / 2 - 1);
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
      });
      scene.started(consumer);
      inbox.waitFor(6, 30);
      inbox.staysAt(6, 2000);
    });

    check("orderly too often, then among the dead letters", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      String group = scene.group();
      Inbox inbox = new Inbox();
      DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
      consumer.setMaxReconsumeTimes(2);
      consumer.setSuspendCurrentQueueTimeMillis(200);
      consumer.registerMessageListener((MessageListenerOrderly) (batch, context) -> {
        inbox.add(batch.get(0));
        boolean bad = Scene.text(batch.get(0)).equals("bad");
        return bad ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
      });
      scene.started(consumer);
      sent(producer.send(message(topic, "bad")));
      sent(producer.send(message(topic, "good")));
      inbox.waitFor(4, 30);
      Expect.equal(inbox.texts(), java.util.List.of("bad", "bad", "bad", "good"));
      MessageExt dead = dead(scene, group);
      Expect.equal(Scene.text(dead), "bad");
      scene.fact("message", Raw.shape(dead));
      scene.fact("reconsumeTimes", dead.getReconsumeTimes());
    });

    check("retry sent back by a pull consumer", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      String group = scene.group();
      sent(producer.send(message(topic, "back")));
      DefaultMQPullConsumer puller = scene.puller(group);
      MessageQueue queue = Scene.queue(producer, topic, 0);
      MessageExt got = puller.pull(queue, "*", 0, 1).getMsgFoundList().get(0);
      got.setBrokerName(queue.getBrokerName());
      puller.sendMessageBack(got, 1);
      MessageQueue retries = new MessageQueue("%RETRY%" + group, queue.getBrokerName(), 0);
      Expect.soon(() -> {
        try {
          return producer.maxOffset(retries) == 1;
        } catch (Exception notYet) {
          return false;
        }
      }, () -> "nothing to try again");
      MessageExt again = puller.pull(retries, "*", 0, 1).getMsgFoundList().get(0);
      Expect.equal(again.getReconsumeTimes(), 1);
      Expect.equal(again.getProperty("RETRY_TOPIC"), topic);
      Expect.equal(Scene.text(again), "back");
      scene.fact("message", Raw.shape(again));
    });
  }

  /** The first dead letter of the group. */
  private static MessageExt dead(Scene scene, String group) throws Exception {
    String letters = "%DLQ%" + group;
    DefaultMQProducer looker = scene.producer();
    Expect.soon(() -> {
      try {
        return looker.maxOffset(Scene.queue(looker, letters, 0)) > 0;
      } catch (Exception notYet) {
        return false;
      }
    }, () -> "no " + letters);
    Inbox inbox = scene.inbox(letters);
    inbox.waitFor(1);
    return inbox.get(0);
  }
}
