package checks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Runs the checks of a program and prints a line a check.
 *
 * A line is `ok NAME: FACT=VALUE | FACT=VALUE`, or `FAIL NAME: REASON [FACTS]`. What must be so is asserted; facts are
 * what the broker chose to answer beyond that (codes, remarks, which fields there are), told so that the answers of two
 * brokers can be compared.
 *
 * Most checks wait (for a retry, a timer, a check-back), so several run at once, each with clients of its own.
 */
public class Checks<S extends Stage> {
  private static final int CHECK_SECONDS = 120;
  private static final int AT_ONCE = 6;

  private final AtomicInteger failures = new AtomicInteger();
  private final List<Runnable> checks = new ArrayList<>();
  private final Supplier<S> stages;
  private final String only;

  public interface Body<S> {
    void run(S stage) throws Exception;
  }

  /** `only` those with this in their name. */
  public Checks(Supplier<S> stages, String only) {
    this.stages = stages;
    this.only = only;
  }

  public void add(String name, Body<S> body) {
    if (name.contains(only)) checks.add(() -> run(name, body));
  }

  /** Ends the program: with 1 if a check failed. */
  public void runAll() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
    List<Future<?>> running = new ArrayList<>();
    for (Runnable check : checks) running.add(pool.submit(check));
    for (Future<?> check : running) check.get();
    System.out.flush();
    // Not by returning: a check that was late still has its threads.
    Runtime.getRuntime().halt(failures.get() == 0 ? 0 : 1);
  }

  /** Runs the body in a thread of its own, which is left behind when it is late. */
  private void run(String name, Body<S> body) {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    S stage = stages.get();
    try {
      thread.submit(() -> {
        body.run(stage);
        return null;
      }).get(CHECK_SECONDS, TimeUnit.SECONDS);
      say("ok", name, stage.facts());
    } catch (TimeoutException late) {
      fail(name, "not done in " + CHECK_SECONDS + " s", stage);
    } catch (ExecutionException failed) {
      fail(name, describe(failed.getCause()), stage);
    } catch (InterruptedException interrupted) {
      fail(name, "interrupted", stage);
    }
    thread.shutdownNow();
    stage.close();
  }

  private void fail(String name, String reason, S stage) {
    failures.incrementAndGet();
    say("FAIL", name, stage.facts().isEmpty() ? reason : reason + " [" + stage.facts() + "]");
  }

  private synchronized void say(String verdict, String name, String rest) {
    String line = rest.isEmpty() ? name : name + ": " + rest.replaceAll("\\s+", " ");
    System.out.println(verdict + " " + line);
    System.out.flush();
  }

  private static String describe(Throwable error) {
    StackTraceElement place = null;
    for (StackTraceElement element : error.getStackTrace()) {
      if (element.getClassName().startsWith("conformance.") && place == null) place = element;
    }
    String what = error instanceof AssertionError ? error.getMessage() : error.toString();
    return place == null ? what : what + " (" + place.getFileName() + ":" + place.getLineNumber() + ")";
  }
}
