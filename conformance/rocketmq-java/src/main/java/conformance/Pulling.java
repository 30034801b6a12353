package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.numbered;
import static conformance.Scene.sent;

import checks.Expect;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** The two consumers that ask: DefaultMQPullConsumer and DefaultLitePullConsumer. */
class Pulling {
  private static final int POLL_MS = 200;

  static void checks() {
    check("pull what is there, what is not yet, what never was", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      MessageQueue queue = Scene.queue(producer, topic, 0);
      DefaultMQPullConsumer puller = scene.puller(scene.group());
      pulled(scene, "empty", puller.pull(queue, "*", 0, 32), PullStatus.NO_NEW_MSG, 0);
      for (String value : numbered(40)) sent(producer.send(new Message(topic, "A", value.getBytes())));
      Expect.soon(() -> end(producer, queue) == 40, () -> end(producer, queue));
      PullResult first = puller.pull(queue, "*", 0, 32);
      pulled(scene, "found", first, PullStatus.FOUND, 32);
      Expect.equal(first.getMinOffset(), 0L);
      Expect.equal(first.getMaxOffset(), 40L);
      PullResult rest = puller.pull(queue, "*", 32, 32);
      pulled(scene, "rest", rest, PullStatus.FOUND, 8);
      Expect.equal(Scene.text(rest.getMsgFoundList().get(7)), "value 39");
      pulled(scene, "at the end", puller.pull(queue, "*", 40, 32), PullStatus.NO_NEW_MSG, 0);
      pulled(scene, "beyond", puller.pull(queue, "*", 100, 32), PullStatus.OFFSET_ILLEGAL, 0);
      pulled(scene, "no such tag", puller.pull(queue, "B", 0, 32), PullStatus.NO_MATCHED_MSG, 0);
      pulled(scene, "blocking", puller.pullBlockIfNotFound(queue, "*", 39, 32), PullStatus.FOUND, 1);
    });

    check("pull offsets of a group", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      for (String value : numbered(5)) sent(producer.send(message(topic, value)));
      MessageQueue queue = Scene.queue(producer, topic, 0);
      DefaultMQPullConsumer puller = scene.puller(scene.group());
      scene.fact("none yet", puller.fetchConsumeOffset(queue, true));
      puller.updateConsumeOffset(queue, 3);
      puller.getOffsetStore().persist(queue);
      Expect.soon(() -> {
        try {
          return puller.fetchConsumeOffset(queue, true) == 3;
        } catch (Exception error) {
          return false;
        }
      }, () -> "the offset is not kept");
    });

    check("pull offsets by time", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      MessageQueue queue = Scene.queue(producer, topic, 0);
      Expect.equal(producer.maxOffset(queue), 0L);
      Expect.equal(producer.minOffset(queue), 0L);
      scene.fact("by time, empty", producer.searchOffset(queue, System.currentTimeMillis()));
      long start = System.currentTimeMillis();
      for (int n = 0; n < 3; n++) {
        sent(producer.send(message(topic, "x")));
        Expect.pause(50);
      }
      long middle = System.currentTimeMillis();
      Expect.pause(50);
      for (int n = 0; n < 3; n++) sent(producer.send(message(topic, "y")));
      Expect.pause(50);
      Expect.equal(producer.maxOffset(queue), 6L);
      Expect.equal(producer.searchOffset(queue, start - 1000), 0L);
      Expect.equal(producer.searchOffset(queue, middle), 3L);
      scene.fact("by time to come", producer.searchOffset(queue, System.currentTimeMillis() + 60_000));
      Expect.between(producer.earliestMsgStoreTime(queue), start - 1000, middle, "earliest");
    });

    check("lite pull subscribed, committed, gone on", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      String group = scene.group();
      for (String value : numbered(20)) sent(producer.send(message(topic, value)));
      DefaultLitePullConsumer first = scene.lite(group);
      first.setAutoCommit(false);
      first.subscribe(topic, "*");
      scene.started(first);
      Expect.equal(Set.copyOf(polled(first, 20)).size(), 20);
      first.commit();
      MessageQueue queue = Scene.queue(producer, topic, 0);
      Expect.soon(() -> {
        try {
          return first.committed(queue) == 10;
        } catch (Exception error) {
          return false;
        }
      }, () -> "not committed");
      first.shutdown();
      for (String value : numbered(4)) sent(producer.send(message(topic, value + " later")));
      DefaultLitePullConsumer second = scene.lite(group);
      second.subscribe(topic, "*");
      scene.started(second);
      for (String text : polled(second, 4)) Expect.that(text.endsWith("later"), text);
    });

    check("lite pull assigned, from positions", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(2);
      MessageQueue queue = Scene.queue(producer, topic, 1);
      for (String value : numbered(5)) sent(producer.send(message(topic, value), queue));
      Expect.pause(50);
      long middle = System.currentTimeMillis();
      Expect.pause(50);
      for (String value : numbered(5)) sent(producer.send(message(topic, value + " late"), queue));
      Expect.equal(scene.started(scene.lite(scene.group())).fetchMessageQueues(topic).size(), 2);
      // A seek while a pull is on its way may be lost in this client, so each position gets a consumer of its own.
      Expect.equal(polled(assigned(scene, queue, (consumer, own) -> consumer.seekToBegin(own)), 10).size(), 10);
      Expect.equal(polled(assigned(scene, queue, (consumer, own) -> consumer.seek(own, 7)), 3).get(0), "value 2 late");
      DefaultLitePullConsumer timed = assigned(scene, queue, (consumer, own) -> {
        consumer.seek(own, consumer.offsetForTimestamp(own, middle));
      });
      Expect.equal(polled(timed, 5).get(0), "value 0 late");
      DefaultLitePullConsumer last = assigned(scene, queue, (consumer, own) -> consumer.seekToEnd(own));
      sent(producer.send(message(topic, "last"), queue));
      Expect.equal(polled(last, 1), List.of("last"));
    });

    check("lite pull by tags, two members", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(4);
      String group = scene.group();
      DefaultLitePullConsumer one = scene.lite(group);
      DefaultLitePullConsumer two = scene.lite(group);
      for (DefaultLitePullConsumer consumer : List.of(one, two)) {
        consumer.subscribe(topic, "A");
        scene.started(consumer);
      }
      Expect.soon(40, () -> {
        try {
          return one.assignment().size() == 2 && two.assignment().size() == 2;
        } catch (Exception notYet) {
          return false;
        }
      }, () -> "the queues are not divided");
      for (int n = 0; n < 40; n++) {
        Message message = new Message(topic, n % 2 == 0 ? "A" : "B", ("" + n).getBytes());
        sent(producer.send(message, Scene.queue(producer, topic, n / 2 % 4)));
      }
      Expect.equal(polled(one, 10).size() + polled(two, 10).size(), 20);
    });
  }

  private interface Seek {
    void to(DefaultLitePullConsumer consumer, MessageQueue own) throws Exception;
  }

  private static DefaultLitePullConsumer assigned(Scene scene, MessageQueue queue, Seek seek) throws Exception {
    DefaultLitePullConsumer consumer = scene.started(scene.lite(scene.group()));
    MessageQueue own = new MessageQueue(queue.getTopic(), queue.getBrokerName(), queue.getQueueId());
    consumer.assign(List.of(own));
    seek.to(consumer, own);
    return consumer;
  }

  /** The original answers a sender a moment before consumers can see the message. */
  private static long end(DefaultMQProducer producer, MessageQueue queue) {
    try {
      return producer.maxOffset(queue);
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
  }

  private static List<String> polled(DefaultLitePullConsumer consumer, int count) {
    List<String> texts = new ArrayList<>();
    Expect.soon(() -> {
      for (MessageExt message : consumer.poll(POLL_MS)) texts.add(Scene.text(message));
      return texts.size() >= count;
    }, () -> texts.size() + " of " + count + " messages");
    Expect.equal(texts.size(), count);
    return texts;
  }

  private static void pulled(Scene scene, String what, PullResult result, PullStatus status, int count) {
    Expect.equal(result.getPullStatus(), status);
    Expect.equal(result.getMsgFoundList() == null ? 0 : result.getMsgFoundList().size(), count);
    String range = result.getMinOffset() + "-" + result.getMaxOffset();
    scene.fact(what, "next " + result.getNextBeginOffset() + " of " + range);
  }
}
