package checks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** What one check works on: the facts that it tells, names that nobody else uses, and what must be undone after it. */
public class Stage implements AutoCloseable {
  private static final String RUN = UUID.randomUUID().toString().substring(0, 6);
  private static final AtomicInteger made = new AtomicInteger();

  private final Deque<AutoCloseable> endings = new ArrayDeque<>();
  private final Map<String, String> facts = new LinkedHashMap<>();

  /** What the broker chose to answer, as long as it is the same in each run. */
  public synchronized void fact(String name, Object value) {
    facts.put(name, String.valueOf(value));
  }

  /** `a=1 | b=2` */
  synchronized String facts() {
    List<String> parts = new ArrayList<>();
    facts.forEach((name, value) -> parts.add(name + "=" + value));
    return String.join(" | ", parts);
  }

  public static String fresh(String kind) {
    return "rj" + RUN + "_" + kind + "_" + made.incrementAndGet();
  }

  /** What is undone when the check is over, last first. */
  public synchronized void atEnd(AutoCloseable ending) {
    endings.push(ending);
  }

  @Override
  public void close() {
    for (AutoCloseable ending : endings) {
      try {
        ending.close();
      } catch (Exception alreadyEnded) {
        // A client that was ended by the check itself.
      }
    }
  }
}
