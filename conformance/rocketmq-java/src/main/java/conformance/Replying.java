package conformance;

import static conformance.Conformance.check;
import static conformance.Scene.message;

import checks.Expect;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Requests that wait for a reply. */
class Replying {
  static void checks() {
    check("request replied to", scene -> {
      DefaultMQProducer asker = scene.producer();
      String topic = scene.topic(2);
      answering(scene, topic);
      for (int n = 0; n < 10; n++) {
        Replied replied = new Replied();
        asker.request(message(topic, "question " + n), replied, 15_000);
        MessageExt reply = replied.reply.get(20, TimeUnit.SECONDS);
        Expect.equal(Scene.text(reply), "answer to question " + n);
        scene.fact("reply", Raw.shape(reply));
      }
      Replied chosen = new Replied();
      asker.request(message(topic, "chosen"), new SelectMessageQueueByHash(), "one", chosen, 15_000);
      Expect.equal(Scene.text(chosen.reply.get(20, TimeUnit.SECONDS)), "answer to chosen");
    });

    check("request without a reply in time", scene -> {
      DefaultMQProducer asker = scene.producer();
      String topic = scene.topic(1);
      Expect.failure(RequestTimeoutException.class, () -> asker.request(message(topic, "anybody?"), 1500));
    });

    check("request a reply to one who is gone", scene -> {
      DefaultMQProducer asker = scene.producer();
      DefaultMQProducer replier = scene.producer();
      String topic = scene.topic(1);
      Inbox inbox = scene.inbox(topic);
      Expect.failure(RequestTimeoutException.class, () -> asker.request(message(topic, "anybody?"), 1500));
      inbox.waitFor(1);
      scene.fact("request", Raw.shape(inbox.get(0)));
      asker.shutdown();
      Expect.pause(300);
      Message late = MessageUtil.createReplyMessage(inbox.get(0), "late".getBytes());
      scene.fact("late reply", Scene.ending(() -> Scene.sent(replier.send(late, 5000))));
    });
  }

  /**
   * By callback, as 5.3.1 to 5.3.3 give up waiting as soon as the request is sent; they call back with null then, and
   * again with the reply.
   */
  private static class Replied implements RequestCallback {
    final CompletableFuture<MessageExt> reply = new CompletableFuture<>();

    @Override
    public void onSuccess(Message message) {
      if (message != null) reply.complete((MessageExt) message);
    }

    @Override
    public void onException(Throwable error) {
      reply.completeExceptionally(error);
    }
  }

  private static void answering(Scene scene, String topic) throws Exception {
    DefaultMQProducer replier = scene.producer();
    DefaultMQPushConsumer consumer = scene.push(scene.group(), topic, "*");
    consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
      for (MessageExt message : batch) {
        try {
          byte[] answer = ("answer to " + Scene.text(message)).getBytes();
          replier.send(MessageUtil.createReplyMessage(message, answer), 5000);
        } catch (Exception error) {
          return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
      }
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    scene.started(consumer);
  }
}
