using CsCheck;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Tests.Access;

public sealed class TokenCacheTests
{
    private const int Capacity = 20;

    [Fact]
    public void What_was_remembered_is_found()
    {
        var cache = new TokenCache(Capacity, Capacity);
        var token = Remember(cache, 1);
        Assert.Same(token, cache.Find(Digest(1)));
        Assert.Null(cache.Find(Digest(2)));
    }

    [Fact]
    public void However_many_tokens_come_no_more_than_the_bound_are_remembered()
    {
        var cache = new TokenCache(Capacity, Capacity);
        for (var id = 1; id <= 1000; id++)
        {
            Remember(cache, id);
            Assert.True(cache.Count <= Capacity, $"{cache.Count} after {id}");
        }
        Assert.NotNull(cache.Find(Digest(1000)));
        Assert.Null(cache.Find(Digest(1)));
    }

    [Fact]
    public void A_token_in_constant_use_stays_whatever_else_passes_by()
    {
        var cache = new TokenCache(Capacity, Capacity);
        Remember(cache, 1);
        for (var id = 2; id <= 1000; id++)
        {
            Remember(cache, id);
            Assert.NotNull(cache.Find(Digest(1)));
        }
    }

    [Fact]
    public async Task A_changed_token_is_forgotten_in_both_generations_and_the_others_stay()
    {
        var cache = new TokenCache(Capacity, Capacity);
        // The first ten fill the young generation; the eleventh makes them the old one.
        for (var id = 1; id <= 11; id++)
            Remember(cache, id);
        // Found in the old one, so in both from here on.
        Assert.NotNull(cache.Find(Digest(3)));
        await cache.Apply(new Changes { Tokens = [3, 11] });
        Assert.Null(cache.Find(Digest(3)));
        Assert.Null(cache.Find(Digest(11)));
        Assert.NotNull(cache.Find(Digest(4)));
    }

    [Fact]
    public async Task With_a_changed_user_all_their_tokens_are_forgotten()
    {
        var cache = new TokenCache(Capacity, Capacity);
        for (var id = 1; id <= 15; id++)
            Remember(cache, id, userId: id % 2);
        await cache.Apply(new Changes { Users = [1] });
        Assert.All(Enumerable.Range(1, 15), id => Assert.Equal(id % 2 == 0, cache.Find(Digest(id)) is not null));
    }

    [Fact]
    public async Task When_anything_may_have_changed_everything_is_forgotten()
    {
        var cache = new TokenCache(Capacity, Capacity);
        for (var id = 1; id <= 15; id++)
            Remember(cache, id);
        await cache.Apply(new Changes { Everything = true });
        Assert.Equal(0, cache.Count);
        Assert.Null(cache.Find(Digest(15)));
    }

    [Fact]
    public async Task A_reading_during_which_something_was_evicted_is_not_remembered()
    {
        var cache = new TokenCache(Capacity, Capacity);
        var seen = cache.Evictions;
        await cache.Apply(new Changes { Tokens = [7] });
        cache.Remember(Digest(7), Snapshot(7), seen);
        Assert.Null(cache.Find(Digest(7)));
        cache.Remember(Digest(7), Snapshot(7), cache.Evictions);
        Assert.NotNull(cache.Find(Digest(7)));
    }

    [Fact]
    public async Task A_change_of_nothing_but_the_last_use_evicts_nobody()
    {
        var cache = new TokenCache(Capacity, Capacity);
        Remember(cache, 1);
        await cache.Apply(new Changes { Uses = [1], Settings = true });
        Assert.NotNull(cache.Find(Digest(1)));
    }

    // Versions stand for what the database holds: whatever the order of readings and changes, what is found is never an older one.
    [Fact]
    public void Nothing_found_is_older_than_the_last_change() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 25]).Array[1, 200].Sample(steps =>
        {
            var cache = new TokenCache(Capacity, Capacity);
            var stored = new Dictionary<int, TokenSnapshot>();
            var reading = new Queue<(int Id, TokenSnapshot Read, long Seen)>();
            foreach (var (step, id) in steps)
            {
                if (!stored.TryGetValue(id, out var now))
                    stored[id] = now = Snapshot(id);
                switch (step)
                {
                    case 0:
                        reading.Enqueue((id, now, cache.Evictions));
                        break;
                    case 1 when reading.TryDequeue(out var done):
                        cache.Remember(Digest(done.Id), done.Read, done.Seen);
                        break;
                    case 2:
                        stored[id] = Snapshot(id);
                        cache.Apply(new Changes { Tokens = [id] }).GetAwaiter().GetResult();
                        break;
                }
                if (stored.Any(pair => cache.Find(Digest(pair.Key)) is { } found && !ReferenceEquals(found, pair.Value)))
                    return false;
            }
            return true;
        });

    private static TokenSnapshot Remember(TokenCache cache, long id, long userId = 1)
    {
        var snapshot = Snapshot(id, userId);
        cache.Remember(Digest(id), snapshot, cache.Evictions);
        return snapshot;
    }

    private static TokenDigest Digest(long id) => new((ulong)id, 0, 0, 0);

    private static TokenSnapshot Snapshot(long id, long userId = 1) => new(
        new Token
        {
            Id = id,
            Dialect = TokenDialect.GitLab,
            Kind = TokenKind.Personal,
            UserId = userId,
            Name = "x",
            Scopes = ScopeSet.None,
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        },
        new User { Id = userId },
        new LastUse(null, []));
}
