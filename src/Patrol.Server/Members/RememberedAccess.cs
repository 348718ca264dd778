using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;
using Patrol.Core.Directory;
using Patrol.Core.Doors;
using Patrol.Server.Access;
using Patrol.Server.Storage;

namespace Patrol.Server.Members;

/// <summary>
/// What callers may do in projects and groups, remembered, so that a door with a rule about them costs a look-up in memory.
/// Everything is forgotten with any change to groups, projects, memberships or users, and an entry when a membership of its
/// user ends. What was read while something changed is used but not remembered.
/// </summary>
internal sealed class RememberedAccess(FindResource find, Database database, ChangeFeed feed) : IChangeListener
{
    private const int MostEntries = 50_000;

    // What proxies take as one header without being told to: nginx has 4 KB for all of them.
    private const int LongestGroups = 2_000;

    private Memory memory = new();

    /// <summary>What a caller may do there; null if they may not see it.</summary>
    /// <param name="caller">Who; null for somebody without a token.</param>
    /// <param name="isGroup">A group rather than a project.</param>
    /// <param name="idOrPath">The id or the full path.</param>
    /// <param name="now">The instant that decides which memberships count.</param>
    public async ValueTask<ResourceAccess?> Of(Caller? caller, bool isGroup, string idOrPath, DateTimeOffset now)
    {
        // No address in the directory is longer; what cannot exist is not to be remembered.
        if (idOrPath.Length > PathRules.MaximumFullLength)
            return null;
        var key = new Key(caller?.User.Id ?? 0, caller?.IsAdmin ?? false, isGroup, idOrPath);
        var current = Volatile.Read(ref memory);
        if (feed.IsTrusted && current.Access.TryGetValue(key, out var known) && now < known.Until)
            return known.Access;
        var until = await NextEnd(caller, now);
        var found = await find.Handle(caller, isGroup, idOrPath, now);
        ResourceAccess? access = found.Succeeded(out var resource, out _)
            ? new ResourceAccess(resource.Level, AccessRules.MaySee(resource.Visibility, AccessLevel.None, caller is { User.IsExternal: false }))
            : null;
        if (current.Access.Count < MostEntries)
            current.Access[key] = new Known(access, until);
        else
            Interlocked.CompareExchange(ref memory, new Memory(), current);
        return access;
    }

    /// <summary>The full paths of the groups that a user is a member of, in order, with commas between.</summary>
    public async ValueTask<string> GroupsOf(Caller caller, DateTimeOffset now)
    {
        var current = Volatile.Read(ref memory);
        if (feed.IsTrusted && current.Groups.TryGetValue(caller.User.Id, out var known) && now < known.Until)
            return known.Groups;
        var until = await NextEnd(caller, now);
        var paths = await database.Read(connection => ReadGroups(connection, caller.User.Id, now));
        var groups = string.Join(',', paths);
        if (groups.Length > LongestGroups)
            groups = groups[..groups.LastIndexOf(',', LongestGroups)];
        if (current.Groups.Count < MostEntries)
            current.Groups[caller.User.Id] = new KnownGroups(groups, until);
        else
            Interlocked.CompareExchange(ref memory, new Memory(), current);
        return groups;
    }

    public Task Apply(Changes changes)
    {
        // Who reads at this moment writes into the memory that is given up here.
        if (changes.Directory || changes.Users.Count > 0 || changes.Everything)
            Volatile.Write(ref memory, new Memory());
        return Task.CompletedTask;
    }

    private async Task<DateTimeOffset> NextEnd(Caller? caller, DateTimeOffset now)
    {
        if (caller is null)
            return DateTimeOffset.MaxValue;
        var end = await database.Read(connection => connection.ExecuteScalarAsync<long?>(
            "SELECT min(expires_at) FROM members WHERE user_id = @Id AND expires_at > @at", new { caller.User.Id, at = now.ToUnixTimeMilliseconds() }));
        return end is { } instant ? DateTimeOffset.FromUnixTimeMilliseconds(instant) : DateTimeOffset.MaxValue;
    }

    private static Task<IEnumerable<string>> ReadGroups(DbConnection connection, long userId, DateTimeOffset now) => connection.QueryAsync<string>(
        """
        SELECT n.full_path FROM members m JOIN namespaces n ON n.id = m.resource_id
        WHERE m.resource_kind = 1 AND m.user_id = @userId AND (m.expires_at IS NULL OR m.expires_at > @at) ORDER BY n.full_path_key
        """,
        new { userId, at = now.ToUnixTimeMilliseconds() });

    private sealed class Memory
    {
        public ConcurrentDictionary<Key, Known> Access { get; } = new();

        public ConcurrentDictionary<long, KnownGroups> Groups { get; } = new();
    }

    private readonly record struct Key(long UserId, bool IsAdmin, bool IsGroup, string IdOrPath);

    private readonly record struct Known(ResourceAccess? Access, DateTimeOffset Until);

    private readonly record struct KnownGroups(string Groups, DateTimeOffset Until);
}
