using Patrol.Cli.Sources;
using Patrol.Core.Lifetimes;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Sources;

/// <summary>A token that every world holds; days count from the world's.</summary>
internal sealed record Planted(string Name, string Owner, TokenSort Sort, string[] Scopes, int? EndsIn, bool Revoked = false, bool IsOld = false);

/// <summary>A system with the same tokens in it as every other; each test gets a fresh one.</summary>
internal abstract class SourceWorld : IAsyncDisposable
{
    public const string Jane = "jane";
    public const string Blocked = "blocked";
    public const string ProjectPath = "acme/app";
    public const string GroupPath = "acme";

    /// <summary>How many days ago the old token was made.</summary>
    public const int OldAge = 200;

    public static readonly Planted[] Tokens =
    [
        new("old", Jane, TokenSort.Personal, ["api"], 30, IsOld: true),
        new("own", Jane, TokenSort.Personal, ["api", "read_user"], 10),
        new("reader", Jane, TokenSort.Personal, ["read_api"], 20),
        new("expired", Jane, TokenSort.Personal, ["api"], -5),
        new("today", Jane, TokenSort.Personal, ["api"], 0),
        new("revoked", Jane, TokenSort.Personal, ["api"], 10, Revoked: true),
        new("revoked and expired", Jane, TokenSort.Personal, ["api"], -5, Revoked: true),
        new("endless", Jane, TokenSort.Personal, ["read_user"], null),
        new("acting", Jane, TokenSort.Impersonation, ["api"], 10),
        new("blocked", Blocked, TokenSort.Personal, ["api"], 10),
        new("deploy", "", TokenSort.Project, ["read_registry"], 20),
        // Its bot is blocked.
        new("mirror", "", TokenSort.Group, ["read_api"], 20),
    ];

    /// <summary>The worlds' names; the databases' only where PostgreSQL is.</summary>
    public static readonly string[] Names = ["gitlab-db 16.0", "gitlab-db 17.11", "gitlab-db 18.6", "gitlab", "server"];

    /// <summary>The instant of the run.</summary>
    public abstract DateTimeOffset Now { get; }

    public DateOnly Today => UtcDay.Of(Now);

    /// <summary>The tokens' ids by their names.</summary>
    public Dictionary<string, long> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>The texts of some.</summary>
    public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    public long ProjectId { get; protected set; }

    public long GroupId { get; protected set; }

    public static async Task<SourceWorld> New(string name) => name switch
    {
        "gitlab-db 16.0" => await DatabaseWorld.New(Generation.V16_0),
        "gitlab-db 17.11" => await DatabaseWorld.New(Generation.V17_11),
        "gitlab-db 18.6" => await DatabaseWorld.New(Generation.V18_6),
        _ => await ServerWorld.New(name),
    };

    /// <summary>The source, signed in as somebody who may do everything.</summary>
    public abstract Task<ISource> Open();

    public abstract ValueTask DisposeAsync();
}

/// <summary>For theories that hold on all systems.</summary>
public sealed class Worlds : TheoryData<string>
{
    public Worlds() => AddRange(SourceWorld.Names);
}
