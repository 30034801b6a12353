package conformance;

import checks.Checks;
import checks.Expect;
import java.util.Collections;
import java.util.Map;
import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.TextMessage;
import org.springframework.jms.core.JmsTemplate;

/** JmsTemplate. */
class Templates {
  static void addTo(Checks<Scene> checks) {
    checks.add("convert, send and receive", Templates::convert);
    checks.add("many short receives", Templates::many);
    checks.add("receive what is selected", Templates::selected);
    checks.add("browse", Templates::browse);
    checks.add("send and receive a reply", Templates::request);
    checks.add("quality of service", Templates::quality);
    checks.add("transacted template", Templates::transacted);
    checks.add("nothing in time", Templates::nothing);
  }

  private static void convert(Scene scene) {
    JmsTemplate template = scene.template();
    String queue = Scene.fresh("t");
    template.convertAndSend(queue, "text", message -> {
      message.setIntProperty("n", 1);
      return message;
    });
    template.convertAndSend(queue, new byte[] {1, 2});
    template.convertAndSend(queue, Map.of("key", "value"));
    Expect.equal(template.receiveAndConvert(queue), "text");
    Expect.equal(((byte[]) template.receiveAndConvert(queue)).length, 2);
    Expect.equal(template.receiveAndConvert(queue), Map.of("key", "value"));
  }

  private static void many(Scene scene) {
    JmsTemplate template = scene.template();
    String queue = Scene.fresh("t");
    for (int index = 0; index < 200; index++) template.convertAndSend(queue, "" + index);
    for (int index = 0; index < 200; index++) Expect.equal(template.receiveAndConvert(queue), "" + index);
  }

  private static void selected(Scene scene) {
    JmsTemplate template = scene.template();
    String queue = Scene.fresh("t");
    for (int index = 0; index < 4; index++) {
      int number = index;
      template.convertAndSend(queue, "" + index, message -> {
        message.setIntProperty("n", number);
        return message;
      });
    }
    Expect.equal(template.receiveSelectedAndConvert(queue, "n = 2"), "2");
    Expect.equal(template.receiveAndConvert(queue), "0");
  }

  private static void browse(Scene scene) {
    JmsTemplate template = scene.template();
    String queue = Scene.fresh("t");
    for (int index = 0; index < 3; index++) template.convertAndSend(queue, "" + index);
    int seen = template.browse(queue, (session, browser) -> Collections.list(browser.getEnumeration()).size());
    Expect.equal(seen, 3);
    Expect.equal(template.receiveAndConvert(queue), "0");
  }

  private static void request(Scene scene) throws Exception {
    JmsTemplate template = scene.template();
    String queue = Scene.fresh("t");
    Thread service = new Thread(() -> {
      JmsTemplate answering = scene.template();
      TextMessage request = (TextMessage) answering.receive(queue);
      try {
        String text = "re: " + request.getText();
        answering.send(request.getJMSReplyTo(), session -> session.createTextMessage(text));
      } catch (Exception failed) {
        throw new AssertionError(failed);
      }
    });
    service.start();
    Message reply = template.sendAndReceive(queue, session -> session.createTextMessage("question"));
    Expect.that(reply != null, "no reply");
    Expect.equal(((TextMessage) reply).getText(), "re: question");
    service.join();
  }

  private static void quality(Scene scene) throws Exception {
    JmsTemplate template = scene.template();
    template.setExplicitQosEnabled(true);
    template.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
    template.setPriority(7);
    template.setTimeToLive(60_000);
    String queue = Scene.fresh("t");
    template.convertAndSend(queue, "x");
    Message message = template.receive(queue);
    Expect.equal(message.getJMSDeliveryMode(), DeliveryMode.NON_PERSISTENT);
    Expect.equal(message.getJMSPriority(), 7);
    Expect.that(message.getJMSExpiration() > message.getJMSTimestamp(), "no expiration");
  }

  private static void transacted(Scene scene) {
    JmsTemplate template = scene.template();
    template.setSessionTransacted(true);
    String queue = Scene.fresh("t");
    template.convertAndSend(queue, "x");
    Expect.failure(IllegalStateException.class, () -> template.execute(session -> {
      session.createProducer(session.createQueue(queue)).send(session.createTextMessage("never"));
      throw new IllegalStateException("the program failed");
    }, true));
    Expect.equal(template.receiveAndConvert(queue), "x");
    template.setReceiveTimeout(200);
    Expect.equal(template.receiveAndConvert(queue), null);
  }

  private static void nothing(Scene scene) {
    JmsTemplate template = scene.template();
    template.setReceiveTimeout(JmsTemplate.RECEIVE_TIMEOUT_NO_WAIT);
    Expect.equal(template.receive(Scene.fresh("t")), null);
  }
}
