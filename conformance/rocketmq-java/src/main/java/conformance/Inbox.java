package conformance;

import checks.Expect;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;

/** What arrived, in the order in which it arrived. */
class Inbox {
  private static final long QUIET_MS = 1000;
  private final List<MessageExt> messages = new ArrayList<>();
  private final List<Long> times = new ArrayList<>();

  MessageListenerConcurrently taking() {
    return (batch, context) -> {
      batch.forEach(this::add);
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    };
  }

  MessageListenerOrderly takingInOrder() {
    return (batch, context) -> {
      batch.forEach(this::add);
      return ConsumeOrderlyStatus.SUCCESS;
    };
  }

  synchronized void add(MessageExt message) {
    messages.add(message);
    times.add(System.currentTimeMillis());
  }

  synchronized int size() {
    return messages.size();
  }

  synchronized MessageExt get(int index) {
    return messages.get(index);
  }

  synchronized long time(int index) {
    return times.get(index);
  }

  synchronized List<MessageExt> all() {
    return List.copyOf(messages);
  }

  List<String> texts() {
    return all().stream().map(Scene::text).toList();
  }

  List<String> sorted() {
    return texts().stream().sorted().toList();
  }

  void waitFor(int count) {
    waitFor(count, Expect.WAIT_SECONDS);
  }

  void waitFor(int count, int seconds) {
    Expect.soon(seconds, () -> size() >= count, () -> size() + " of " + count + " messages: " + shown());
  }

  /** Exactly these and nothing more for a while. */
  void settlesAt(int count) {
    waitFor(count);
    staysAt(count, QUIET_MS);
  }

  void staysAt(int count, long ms) {
    Expect.pause(ms);
    Expect.that(size() == count, size() + " messages, not " + count + ": " + shown());
  }

  private List<String> shown() {
    return texts().stream().limit(10).map(text -> text.substring(0, Math.min(40, text.length()))).toList();
  }
}
