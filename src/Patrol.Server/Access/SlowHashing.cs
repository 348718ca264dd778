using System.Diagnostics;

namespace Patrol.Server.Access;

/// <summary>
/// Compares what takes milliseconds of a processor on purpose, such as PBKDF2: at most half of the processors at a time, and of what
/// has the same key (an account, a token) one after the other. After a wrong guess its line rests three times as long as the guess
/// took, so that guessing at one key costs a quarter of a processor at most. Who would wait behind too many is told to come back later.
/// </summary>
internal sealed class SlowHashing : IDisposable
{
    private const int MostWaitingForOne = 8;
    private const int MostWaiting = 200;
    private const int RestAfterWrong = 3;
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim processors = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly Dictionary<object, Queue> queues = [];
    private int waiting;

    /// <summary>Compares when it is its turn; true if it was right.</summary>
    /// <exception cref="OverloadedException">Too many wait already.</exception>
    public async Task<bool> IsRight(object key, Func<bool> compare)
    {
        using var queue = Join(key);
        await queue.Turn.WaitAsync();
        try
        {
            var (isRight, took) = await Compare(compare);
            if (!isRight && queue.IsAwaited)
                await Task.Delay(took * RestAfterWrong < LongestRest ? took * RestAfterWrong : LongestRest);
            return isRight;
        }
        finally
        {
            queue.Turn.Release();
        }
    }

    /// <summary>Whoever asked for one more comparison with this key would be told to come back later.</summary>
    public bool IsCrowded(object key)
    {
        lock (queues)
            return IsFull(queues.GetValueOrDefault(key));
    }

    public void Dispose() => processors.Dispose();

    private bool IsFull(Queue? queue) => waiting >= MostWaiting || queue?.Members >= MostWaitingForOne;

    private async Task<(bool IsRight, TimeSpan Took)> Compare(Func<bool> compare)
    {
        await processors.WaitAsync();
        try
        {
            var started = Stopwatch.GetTimestamp();
            return (await Task.Run(compare), Stopwatch.GetElapsedTime(started));
        }
        finally
        {
            processors.Release();
        }
    }

    private Member Join(object key)
    {
        lock (queues)
        {
            var queue = queues.GetValueOrDefault(key);
            if (IsFull(queue))
                throw new OverloadedException();
            if (queue is null)
                queues.Add(key, queue = new Queue());
            queue.Members++;
            waiting++;
            return new Member(this, key, queue);
        }
    }

    private sealed class Queue
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public int Members { get; set; }
    }

    private sealed class Member(SlowHashing all, object key, Queue queue) : IDisposable
    {
        public SemaphoreSlim Turn => queue.Turn;

        /// <summary>Others wait for the same.</summary>
        public bool IsAwaited
        {
            get
            {
                lock (all.queues)
                    return queue.Members > 1;
            }
        }

        public void Dispose()
        {
            lock (all.queues)
            {
                all.waiting--;
                if (--queue.Members == 0)
                    all.queues.Remove(key);
            }
        }
    }
}

/// <summary>More is asked for than the server does at once; asking again later may help.</summary>
public sealed class OverloadedException() : Exception("Too many requests wait for the same.");
