package conformance;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Apache Kafka's Java clients against the broker at args[0], with SASL at args[1] if that is not empty: a line a check,
 * exit code 1 if one fails. args[2]: only the checks with this in their name.
 */
public class Conformance {
  private static final int CHECK_SECONDS = 60;
  private static int failures = 0;
  private static String only;

  interface Body {
    void run() throws Exception;
  }

  public static void main(String[] args) {
    Broker.address = args[0];
    Broker.saslAddress = args[1];
    only = args[2];
    Producing.checks();
    Consuming.checks();
    Groups.checks();
    Topics.checks();
    GroupAdministration.checks();
    Sasl.checks();
    System.out.flush();
    // Not by returning: a check that was late still has its threads.
    Runtime.getRuntime().halt(failures == 0 ? 0 : 1);
  }

  /** Runs the body in a thread of its own, which is left behind when it is late. */
  static void check(String name, Body body) {
    if (!name.contains(only)) return;
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      thread.submit(() -> {
        body.run();
        return null;
      }).get(CHECK_SECONDS, TimeUnit.SECONDS);
      System.out.println("ok " + name);
    } catch (TimeoutException late) {
      fail(name, "not done in " + CHECK_SECONDS + " s");
    } catch (ExecutionException failed) {
      fail(name, describe(failed.getCause()));
    } catch (InterruptedException interrupted) {
      fail(name, "interrupted");
    }
    thread.shutdownNow();
    System.out.flush();
  }

  static void skip(String name, String reason) {
    if (name.contains(only)) System.out.println("skip " + name + ": " + reason);
  }

  private static void fail(String name, String reason) {
    failures++;
    System.out.println("FAIL " + name + ": " + reason.replaceAll("\\s+", " "));
  }

  /** With the innermost place of this program. */
  private static String describe(Throwable error) {
    String what = error.getCause() == null ? error.toString() : error + " by " + error.getCause();
    for (StackTraceElement place : error.getStackTrace()) {
      boolean here = place.getClassName().startsWith("conformance.") && !place.getClassName().endsWith(".Expect");
      if (here) return what + " (" + place.getFileName() + ":" + place.getLineNumber() + ")";
    }
    return what;
  }
}
