import type { Cluster } from 'ioredis';

/**
 * Makes `connect()` of a cluster client and of its duplicates settle with its attempt.
 *
 * ioredis forgets the promise if the cluster reports `cluster_state:fail`, as during a failover: the client retries by
 * itself and becomes ready, but the promise stays pending. A library that awaits it would wait without a limit: BullMQ's
 * worker would fetch no more.
 */
export function settleConnect(cluster: Cluster): Cluster {
  const { connect, duplicate } = cluster;
  cluster.connect = () =>
    new Promise<void>((resolve, reject) => {
      const refuse = () => reject(new Error('The cluster client was closed before it was ready'));
      cluster.once('close', refuse);
      void connect
        .call(cluster)
        .finally(() => cluster.off('close', refuse))
        .then(resolve, reject);
    });
  cluster.duplicate = (...args) => settleConnect(duplicate.apply(cluster, args));
  return cluster;
}
