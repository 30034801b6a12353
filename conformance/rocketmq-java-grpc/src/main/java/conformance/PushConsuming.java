package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.builder;
import static conformance.Scene.message;
import static conformance.Scene.topic;

import checks.Expect;
import java.util.List;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.producer.Producer;

/** PushConsumer with listeners that succeed, fail and throw. */
class PushConsuming {
  /** For a new consumer to have asked for the first time, from which on it gets messages. */
  private static final int ASKING_MS = 3000;

  static void checks() {
    check("push everything, once", scene -> {
      String topic = topic("NORMAL");
      Inbox inbox = new Inbox();
      scene.push(Scene.group(), topic, FilterExpression.SUB_ALL, message -> {
        inbox.add(message);
        return ConsumeResult.SUCCESS;
      });
      Expect.pause(ASKING_MS);
      Producer producer = scene.producer(topic);
      for (String value : Scene.numbered(50)) producer.send(message(topic, value));
      inbox.waitFor(50, 30);
      inbox.staysAt(50, 2000);
      Expect.equal(inbox.texts().stream().distinct().count(), 50L);
    });

    check("push again after a failure", scene -> {
      String topic = topic("NORMAL");
      Inbox inbox = new Inbox();
      scene.push(Scene.group(), topic, FilterExpression.SUB_ALL, message -> {
        int count = inbox.add(message);
        if (count == 2) throw new IllegalStateException("the second time");
        return count == 1 ? ConsumeResult.FAILURE : ConsumeResult.SUCCESS;
      });
      Expect.pause(ASKING_MS);
      scene.producer(topic).send(message(topic, "again"));
      inbox.waitFor(3, 100);
      for (int n = 0; n < 3; n++) Expect.equal(inbox.get(n).getDeliveryAttempt(), n + 1);
      Expect.equal(inbox.get(2).getMessageId(), inbox.get(0).getMessageId());
      scene.fact("after s", Math.round((inbox.time(1) - inbox.time(0)) / 5000.0) * 5);
      inbox.staysAt(3, 2000);
    });

    check("push by tag", scene -> {
      String topic = topic("NORMAL");
      Inbox inbox = new Inbox();
      scene.push(Scene.group(), topic, new FilterExpression("A"), message -> {
        inbox.add(message);
        return ConsumeResult.SUCCESS;
      });
      Expect.pause(ASKING_MS);
      Producer producer = scene.producer(topic);
      for (String tag : List.of("A", "B", "A")) producer.send(builder(topic, tag).setTag(tag).build());
      inbox.waitFor(2, 20);
      inbox.staysAt(2, 2000);
    });

    check("push in the order of each message group", scene -> {
      String topic = topic("FIFO");
      Inbox inbox = new Inbox();
      scene.push(Scene.groupInOrder(), topic, FilterExpression.SUB_ALL, message -> {
        inbox.add(message);
        return ConsumeResult.SUCCESS;
      });
      Expect.pause(ASKING_MS);
      Producer producer = scene.producer(topic);
      for (int n = 0; n < 20; n++) {
        for (String group : List.of("one", "two")) {
          producer.send(builder(topic, group + " " + n).setMessageGroup(group).build());
        }
      }
      inbox.waitFor(40, 40);
      for (String group : List.of("one", "two")) {
        List<String> texts = inbox.texts().stream().filter(text -> text.startsWith(group)).toList();
        for (int n = 0; n < 20; n++) Expect.equal(texts.get(n), group + " " + n);
      }
      inbox.staysAt(40, 1000);
    });
  }
}
