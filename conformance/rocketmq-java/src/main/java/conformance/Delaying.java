package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;
import static conformance.Scene.sent;

import checks.Expect;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages for later: by level, by time, and those that are called back. */
class Delaying {
  private static final long DAY_MS = 24L * 3600 * 1000;

  static void checks() {
    check("delay by levels 1 and 2", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      for (int level : new int[] {2, 1}) {
        Message message = message(topic, "level " + level);
        message.setDelayTimeLevel(level);
        message.setTags("T");
        SendResult result = sent(producer.send(message));
        scene.fact("answer of " + level, "queue " + result.getMessageQueue().getQueueId() + ", recall handle "
            + (result.getRecallHandle() == null ? "none" : "told"));
      }
      inbox.settlesAt(2);
      Expect.equal(inbox.texts(), List.of("level 1", "level 2"));
      Expect.between(late(inbox, 0), 900, 3000, "ms of level 1");
      Expect.between(late(inbox, 1), 4900, 7500, "ms of level 2");
      scene.fact("message", Raw.shape(inbox.get(0)));
    });

    check("delay not to be seen before its time", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Message message = message(topic, "later");
      message.setDelayTimeMs(3000);
      sent(producer.send(message));
      Expect.pause(1000);
      Expect.equal(producer.maxOffset(Scene.queue(producer, topic, 0)), 0L);
      Expect.soon(() -> {
        try {
          return producer.maxOffset(Scene.queue(producer, topic, 0)) == 1;
        } catch (Exception error) {
          return false;
        }
      }, () -> "it never came");
    });

    check("timer in seconds, in milliseconds, at a time", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Message seconds = message(topic, "seconds");
      seconds.setDelayTimeSec(3);
      Message ms = message(topic, "ms");
      ms.setDelayTimeMs(5000);
      Message time = message(topic, "time");
      long due = System.currentTimeMillis() + 7000;
      time.setDeliverTimeMs(due);
      for (Message message : List.of(time, ms, seconds)) {
        SendResult result = sent(producer.send(message));
        scene.fact("recall handle of " + Scene.text(message), result.getRecallHandle() == null ? "none" : "told");
      }
      inbox.settlesAt(3);
      Expect.equal(inbox.texts(), List.of("seconds", "ms", "time"));
      Expect.between(late(inbox, 0), 2500, 5500, "ms of 3 s");
      Expect.between(late(inbox, 1), 4500, 7500, "ms of 5000 ms");
      Expect.between(inbox.time(2) - due, -500, 2500, "ms after its time");
      for (int n = 0; n < 3; n++) scene.fact(inbox.texts().get(n), Raw.shape(inbox.get(n)));
    });

    check("timer a time that is over", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Message message = message(topic, "over");
      message.setDeliverTimeMs(System.currentTimeMillis() - 60_000);
      SendResult result = sent(producer.send(message));
      scene.fact("recall handle", result.getRecallHandle() == null ? "none" : "told");
      inbox.waitFor(1);
      Expect.between(late(inbox, 0), 0, 2500, "ms");
      scene.fact("message", Raw.shape(inbox.get(0)));
    });

    check("timer what is too far away", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Message soon = message(topic, "in two days");
      soon.setDelayTimeMs(2 * DAY_MS);
      scene.fact("in two days", Scene.ending(() -> sent(producer.send(soon))));
      Message far = message(topic, "in four days");
      far.setDelayTimeMs(4 * DAY_MS);
      scene.fact("in four days", Scene.ending(() -> producer.send(far)));
      Message nonsense = message(topic, "nonsense");
      nonsense.getProperties().put("TIMER_DELAY_MS", "soon");
      scene.fact("no number", Scene.ending(() -> producer.send(nonsense)));
    });

    check("timer many with one time", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(4);
      Inbox inbox = scene.inbox(topic);
      long due = System.currentTimeMillis() + 4000;
      for (String value : Scene.numbered(300)) {
        Message message = message(topic, value);
        message.setDeliverTimeMs(due);
        producer.send(message);
      }
      inbox.settlesAt(300);
      Expect.between(inbox.time(0) - due, -500, 2500, "ms after its time");
      Expect.equal(inbox.texts().stream().distinct().count(), 300L);
    });

    check("recall never delivered", scene -> {
      DefaultMQProducer producer = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Message recalled = message(topic, "recalled");
      recalled.setDelayTimeMs(5000);
      Message kept = message(topic, "kept");
      kept.setDelayTimeMs(5000);
      SendResult first = sent(producer.send(recalled));
      sent(producer.send(kept));
      Expect.that(first.getRecallHandle() != null, "no handle");
      String handle = new String(Base64.getUrlDecoder().decode(first.getRecallHandle()), StandardCharsets.UTF_8);
      String timeless = handle.replace(first.getMsgId(), "MSGID").replaceAll("\\d{10,}", "TIME");
      scene.fact("handle", timeless.replace(topic, "TOPIC"));
      Expect.equal(producer.recallMessage(topic, first.getRecallHandle()), first.getMsgId());
      inbox.waitFor(1);
      inbox.staysAt(1, 2500);
      Expect.equal(inbox.texts(), List.of("kept"));
      scene.fact("again, too late", Scene.ending(() -> producer.recallMessage(topic, first.getRecallHandle())));
      scene.fact("nonsense", Scene.ending(() -> producer.recallMessage(topic, "nonsense")));
      String other = scene.topic(1);
      scene.fact("of another topic", Scene.ending(() -> producer.recallMessage(other, first.getRecallHandle())));
    });
  }

  /** From when it was born until it arrived. */
  private static long late(Inbox inbox, int index) {
    MessageExt message = inbox.get(index);
    return inbox.time(index) - message.getBornTimestamp();
  }
}
