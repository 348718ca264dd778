using System.Data.Common;
using Dapper;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;
using Patrol.Server.Users;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Storage;

/// <summary>What rooms rely on, whichever engine is below.</summary>
public sealed class StoragePromisesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory, ClassData(typeof(Engines))]
    public async Task A_write_that_throws_leaves_no_trace(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var heard = Listen(store);
        var bug = await Assert.ThrowsAsync<InvalidOperationException>(() => store.Database.Write(async scope =>
        {
            await AddUser(scope, "jane");
            scope.Changes.Users.Add(1);
            throw new InvalidOperationException("midway");
        }));
        Assert.Equal("midway", bug.Message);
        Assert.Equal(0, await Count(store, "users"));
        Assert.Equal(0, await Count(store, "namespaces"));
        Assert.Empty(heard);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Changes_are_told_after_the_commit_and_never_before(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var seen = new List<long>();
        store.Feed.Subscribe(new Listener(async changes =>
        {
            // What is told can be read.
            seen.Add(await Count(store, "users"));
            Assert.Contains(7, changes.Users);
        }));
        await store.Database.Write(async scope =>
        {
            scope.Changes.Users.Add(7);
            await AddUser(scope, "jane");
            Assert.Empty(seen);
        });
        Assert.Equal([1], seen);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Who_could_not_be_told_of_a_change_is_told_before_the_next_write(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var heard = new List<Changes>();
        var fails = true;
        store.Feed.Subscribe(new Listener(changes =>
        {
            if (fails)
                throw new TimeoutException("The database could not be read.");
            heard.Add(changes);
            return Task.CompletedTask;
        }));
        await Assert.ThrowsAsync<DatabaseAwayException>(() => store.Database.Write(scope =>
        {
            scope.Changes.Settings = true;
            return Task.CompletedTask;
        }));
        // While it cannot be told, nothing more is changed.
        await Assert.ThrowsAsync<DatabaseAwayException>(() => store.Database.Write(scope => (Task)AddUser(scope, "jane")));
        Assert.Equal(0, await Count(store, "users"));
        fails = false;
        for (var i = 0; i < 2; i++)
        {
            await store.Database.Write(scope => Task.CompletedTask);
            Assert.True(Assert.Single(heard) is { Settings: true, Everything: true });
        }
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_write_that_changes_nothing_of_interest_tells_nobody(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var heard = Listen(store);
        await store.Database.Write(scope => (Task)AddUser(scope, "jane"));
        Assert.Empty(heard);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Writers_at_the_same_time_all_succeed_and_none_undoes_another(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        await store.Database.Write(scope => scope.Execute("INSERT INTO settings (id, body) VALUES (10, '0')"));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => Task.Run(() => store.Database.Write(async scope =>
        {
            await AddUser(scope, $"user{number}");
            await scope.Execute("UPDATE settings SET body = CAST(CAST(body AS integer) + 1 AS text) WHERE id = 10");
        }))));
        Assert.Equal(40, await Count(store, "users"));
        Assert.Equal("40", await store.Database.Read(connection => connection.ExecuteScalarAsync<string>("SELECT body FROM settings WHERE id = 10")));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Readers_do_not_wait_for_a_writer_and_see_nothing_of_it_before_it_is_done(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        await store.Database.Write(async scope =>
        {
            await AddUser(scope, "jane");
            Assert.Equal(0, await Eventually.InTime(Count(store, "users")));
        });
        Assert.Equal(1, await Count(store, "users"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Wanting_a_value_that_is_taken_is_told_from_every_other_fault(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        await store.Database.Write(scope => (Task)AddUser(scope, "jane"));
        var taken = await Assert.ThrowsAnyAsync<DbException>(() => store.Database.Write(scope => (Task)AddUser(scope, "JANE")));
        Assert.True(store.Database.IsDuplicate(taken));
        var sameId = await Assert.ThrowsAnyAsync<DbException>(() => store.Database.Write(scope =>
            scope.Execute("INSERT INTO settings (id, body) VALUES (10, ''), (10, '')")));
        Assert.True(store.Database.IsDuplicate(sameId));
        var blank = await Assert.ThrowsAnyAsync<DbException>(() => store.Database.Write(scope =>
            scope.Execute("INSERT INTO settings (id, body) VALUES (11, NULL)")));
        Assert.False(store.Database.IsDuplicate(blank));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task A_row_that_refers_to_nothing_cannot_be_written(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var fault = await Assert.ThrowsAnyAsync<DbException>(() => store.Database.Write(scope => AddToken(scope, userId: 999, previousId: null)));
        Assert.False(store.Database.IsDuplicate(fault));
        Assert.Equal(0, await Count(store, "tokens"));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task With_a_user_goes_all_that_is_theirs_and_nothing_else(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        var (jane, john) = await store.Database.Write(async scope => (await AddUser(scope, "jane"), await AddUser(scope, "john")));
        await store.Database.Write(async scope =>
        {
            var old = await AddToken(scope, jane, null);
            await AddToken(scope, john, previousId: old);
            await scope.Execute("INSERT INTO token_ips (token_id, ip, seen_at) VALUES (@old, '192.0.2.1', 0)", new { old });
            await scope.Execute("INSERT INTO members (resource_kind, resource_id, user_id, access_level, created_at) VALUES (0, 1, @jane, 30, 0)", new { jane });
        });
        await store.Database.Write(scope => scope.Execute("DELETE FROM users WHERE id = @jane", new { jane }));
        Assert.Equal((1, 1, 0, 0, 1), (
            await Count(store, "users"), await Count(store, "tokens"), await Count(store, "token_ips"), await Count(store, "members"), await Count(store, "namespaces")));
        Assert.Null(await store.Database.Read(connection => connection.ExecuteScalarAsync<long?>("SELECT previous_id FROM tokens")));
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Bringing_the_schema_up_to_date_a_second_time_changes_nothing(Engine engine)
    {
        await using var store = await TestStore.Open(engine);
        await store.Database.Write(scope => (Task)AddUser(scope, "jane"));
        var before = await Count(store, "schemaversions");
        Assert.True(before > 0);
        await Migrations.Run(store.Database);
        Assert.Equal(before, await Count(store, "schemaversions"));
        Assert.Equal(1, await Count(store, "users"));
    }

    private static Task<long> Count(TestStore store, string table) =>
        store.Database.Read(connection => connection.ExecuteScalarAsync<long>($"SELECT count(*) FROM {table}"));

    private static List<Changes> Listen(TestStore store)
    {
        var heard = new List<Changes>();
        store.Feed.Subscribe(new Listener(changes =>
        {
            heard.Add(changes);
            return Task.CompletedTask;
        }));
        return heard;
    }

    private static Task<long> AddUser(WriteScope scope, string name) =>
        UserSql.Insert(scope, new User { Username = name, Name = name, Email = $"{name}@example.com" }, null, Now);

    private static Task<long> AddToken(WriteScope scope, long userId, long? previousId) => scope.Scalar<long>(
        """
        INSERT INTO tokens (dialect, kind, user_id, name, scopes, digest, given, created_at, updated_at, previous_id)
        VALUES (0, 0, @userId, 'x', 'api', @digest, 0, 0, 0, @previousId) RETURNING id
        """,
        new { userId, previousId, digest = TokenDigest.Of(new byte[32], $"{userId}").ToBytes() });

    private sealed class Listener(Func<Changes, Task> apply) : IChangeListener
    {
        public Task Apply(Changes changes) => apply(changes);
    }
}
