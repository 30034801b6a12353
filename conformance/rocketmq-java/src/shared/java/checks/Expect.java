package checks;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What must be so, now or soon. */
public class Expect {
  public static final int WAIT_SECONDS = 20;

  public interface Action {
    void run() throws Exception;
  }

  public static void equal(Object actual, Object expected) {
    if (!Objects.equals(actual, expected)) throw new AssertionError("got " + actual + ", not " + expected);
  }

  public static void that(boolean so, Object otherwise) {
    if (!so) throw new AssertionError(String.valueOf(otherwise));
  }

  public static void between(long value, long least, long most, String what) {
    that(value >= least && value <= most, what + ": " + value + " is not in " + least + " to " + most);
  }

  /** The error of this class that it must end with. */
  public static <E extends Throwable> E failure(Class<E> kind, Action action) {
    try {
      action.run();
    } catch (Throwable error) {
      if (kind.isInstance(error)) return kind.cast(error);
      throw new AssertionError("not " + kind.getSimpleName() + " but " + error, error);
    }
    throw new AssertionError("no " + kind.getSimpleName());
  }

  /** A remark without addresses, our own names and numbers of more than three digits. */
  public static String steady(String text) {
    if (text == null) return "null";
    String line = text.split("\n")[0];
    return line.replaceAll("\\d+\\.\\d+\\.\\d+\\.\\d+(:\\d+)?", "ADDRESS")
        .replaceAll("[a-z]{2}[0-9a-f]{6}_\\w+_\\d+", "NAME")
        .replaceAll("\\b([0-9A-F]{24})?[0-9A-F]{32}\\b", "ID")
        .replaceAll("cost \\[\\d+\\]ms", "cost N ms")
        .replaceAll("\\d{4,}", "N")
        .trim();
  }

  public static void soon(BooleanSupplier condition, Supplier<Object> state) {
    soon(WAIT_SECONDS, condition, state);
  }

  public static void soon(int seconds, BooleanSupplier condition, Supplier<Object> state) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) throw new AssertionError("after " + seconds + " s: " + state.get());
      pause(20);
    }
  }

  public static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException late) {
      throw new AssertionError("too late");
    }
  }
}
