package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.numbered;
import static conformance.Scene.sent;

import checks.Expect;
import java.util.HashSet;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

/** Several consumers of one group: queues divided, taken over, or everything for everyone. */
class Sharing {
  /** Less than the 20 s after which clients divide the queues anew of their own accord. */
  private static final int TOLD_SECONDS = 12;

  static void checks() {
    for (boolean orderly : new boolean[] {false, true}) {
      check((orderly ? "orderly" : "push") + " two consumers divide the queues, one takes over", scene -> {
        DefaultMQProducer producer = scene.producer();
        String topic = scene.topic(4);
        String group = scene.group();
        Inbox first = new Inbox();
        Inbox second = new Inbox();
        DefaultMQPushConsumer one = member(scene, group, topic, first, orderly);
        scene.started(one);
        for (String value : numbered(8)) sent(producer.send(message(topic, value)));
        first.settlesAt(8);
        DefaultMQPushConsumer two = member(scene, group, topic, second, orderly);
        two.start();
        divided(one, two, topic);
        // An orderly consumer gets a queue once its lock is free, which it asks for each 20 s.
        for (String value : numbered(40)) sent(producer.send(message(topic, value + " to both")));
        Expect.soon(60, () -> first.size() + second.size() >= 48, () -> first.size() + " and " + second.size());
        Expect.pause(500);
        Expect.equal(first.size() + second.size(), 48);
        Expect.equal(second.size(), 20);
        Set<Integer> queues = new HashSet<>();
        for (MessageExt message : second.all()) queues.add(message.getQueueId());
        Expect.equal(queues.size(), 2);
        two.shutdown();
        Expect.soon(TOLD_SECONDS, () -> queuesOf(one, topic) == 4, () -> queuesOf(one, topic) + " queues");
        for (String value : numbered(8)) sent(producer.send(message(topic, value + " to one")));
        Expect.soon(60, () -> first.size() >= 36, first::size);
      });
    }

    check("broadcasting everyone gets all", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      String group = scene.group();
      Inbox first = new Inbox();
      Inbox second = new Inbox();
      for (Inbox inbox : new Inbox[] {first, second}) {
        DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
        consumer.setMessageModel(MessageModel.BROADCASTING);
        consumer.registerMessageListener(inbox.taking());
        scene.started(consumer);
      }
      for (String value : numbered(20)) sent(producer.send(message(topic, value)));
      first.settlesAt(20);
      second.settlesAt(20);
    });
  }

  private static DefaultMQPushConsumer member(Scene scene, String group, String topic, Inbox inbox, boolean orderly)
      throws Exception {
    DefaultMQPushConsumer consumer = scene.push(group, topic, "*");
    if (orderly) consumer.registerMessageListener(inbox.takingInOrder());
    else consumer.registerMessageListener(inbox.taking());
    return consumer;
  }

  private static void divided(DefaultMQPushConsumer one, DefaultMQPushConsumer two, String topic) {
    Expect.soon(TOLD_SECONDS, () -> queuesOf(one, topic) == 2 && queuesOf(two, topic) == 2,
        () -> queuesOf(one, topic) + " and " + queuesOf(two, topic) + " queues");
  }

  static long queuesOf(DefaultMQPushConsumer consumer, String topic) {
    return consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet().stream()
        .filter(queue -> queue.getTopic().equals(topic)).count();
  }
}
