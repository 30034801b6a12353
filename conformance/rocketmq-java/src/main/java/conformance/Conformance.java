package conformance;

import checks.Checks;

/**
 * Apache RocketMQ's Java client against the name server at args[0]: a line a check, exit code 1 if one fails. args[1]:
 * only the checks with this in their name.
 */
public class Conformance {
  private static Checks<Scene> checks;

  public static void main(String[] args) throws Exception {
    Scene.nameServer = args[0];
    checks = new Checks<>(Scene::new, args.length > 1 ? args[1] : "");
    // The slow ones first, so that they wait beside the others.
    Transactions.checks();
    Retrying.checks();
    Delaying.checks();
    Sharing.checks();
    Sending.checks();
    Refusals.checks();
    Consuming.checks();
    Pulling.checks();
    Replying.checks();
    Querying.checks();
    Administering.checks();
    Wire.checks();
    checks.runAll();
  }

  static void check(String name, Checks.Body<Scene> body) {
    checks.add(name, body);
  }
}
