package conformance;

import checks.Expect;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.apis.message.MessageView;

/** What a push consumer got, in the order in which it got it. */
class Inbox {
  private final List<MessageView> messages = new ArrayList<>();
  private final List<Long> times = new ArrayList<>();

  synchronized int add(MessageView message) {
    messages.add(message);
    times.add(System.currentTimeMillis());
    return messages.size();
  }

  synchronized int size() {
    return messages.size();
  }

  synchronized MessageView get(int index) {
    return messages.get(index);
  }

  synchronized long time(int index) {
    return times.get(index);
  }

  synchronized List<String> texts() {
    return messages.stream().map(Scene::text).toList();
  }

  void waitFor(int count, int seconds) {
    Expect.soon(seconds, () -> size() >= count, () -> size() + " of " + count + " messages: " + texts());
  }

  void staysAt(int count, long ms) {
    Expect.pause(ms);
    Expect.that(size() == count, size() + " messages, not " + count + ": " + texts());
  }
}
