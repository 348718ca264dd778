namespace Patrol.Core.Scopes;

/// <summary>Who may hold a scope.</summary>
public enum ScopeHolder
{
    /// <summary>Everybody: people, and the bots of projects and groups.</summary>
    Anyone,

    /// <summary>People, not the bots of projects and groups.</summary>
    People,

    /// <summary>Administrators only.</summary>
    Administrators,
}

/// <summary>One scope that a token can carry.</summary>
/// <param name="Name">GitLab's name for it.</param>
/// <param name="Holder">Who may hold it.</param>
/// <param name="Grants">What it lets through, in words for the person who chooses it.</param>
public sealed record Scope(string Name, ScopeHolder Holder, string Grants)
{
    /// <summary>The scope's bit in a <see cref="ScopeSet"/>.</summary>
    public ulong Bit { get; internal init; }

    /// <summary>Bits of the scopes any of which lets through what this one does: itself, and wider ones.</summary>
    public ulong SatisfiedBy { get; internal set; }
}

/// <summary>
/// Every scope there is, in GitLab's order. A new scope is one line here. The order may change between versions:
/// what is stored are names.
/// </summary>
public static class ScopeCatalog
{
    private static readonly Dictionary<string, Scope> ByName = new(StringComparer.Ordinal);

    public static readonly Scope Api = Add("api", ScopeHolder.Anyone, "Read and write everything: the whole API, repositories, registry and packages.");
    public static readonly Scope ReadApi = Add("read_api", ScopeHolder.Anyone, "Read everything through the API, and pull from repositories and registry.");
    public static readonly Scope ReadUser = Add("read_user", ScopeHolder.People, "Read users: your own profile and the users API.");
    public static readonly Scope CreateRunner = Add("create_runner", ScopeHolder.Anyone, "Create runners.");
    public static readonly Scope ManageRunner = Add("manage_runner", ScopeHolder.Anyone, "Manage runners: assign, update, delete.");
    public static readonly Scope K8sProxy = Add("k8s_proxy", ScopeHolder.Anyone, "Call Kubernetes through an agent.");
    public static readonly Scope SelfRotate = Add("self_rotate", ScopeHolder.Anyone, "Rotate this token itself, nothing else.");
    public static readonly Scope ReadRepository = Add("read_repository", ScopeHolder.Anyone, "Pull from repositories.");
    public static readonly Scope WriteRepository = Add("write_repository", ScopeHolder.Anyone, "Pull from and push to repositories.");
    public static readonly Scope ReadRegistry = Add("read_registry", ScopeHolder.Anyone, "Pull container images.");
    public static readonly Scope WriteRegistry = Add("write_registry", ScopeHolder.Anyone, "Push container images.");
    public static readonly Scope ReadVirtualRegistry = Add("read_virtual_registry", ScopeHolder.Anyone, "Pull through the dependency proxy and virtual registries.");
    public static readonly Scope WriteVirtualRegistry = Add("write_virtual_registry", ScopeHolder.Anyone, "Write to and delete from the dependency proxy and virtual registries.");
    public static readonly Scope ReadObservability = Add("read_observability", ScopeHolder.Anyone, "Read traces, logs and metrics.");
    public static readonly Scope WriteObservability = Add("write_observability", ScopeHolder.Anyone, "Write traces, logs and metrics.");
    public static readonly Scope AiFeatures = Add("ai_features", ScopeHolder.Anyone, "Use AI features.");
    public static readonly Scope Sudo = Add("sudo", ScopeHolder.Administrators, "Act as any user.");
    public static readonly Scope AdminMode = Add("admin_mode", ScopeHolder.Administrators, "Act as an administrator while Admin Mode is on.");
    public static readonly Scope ReadServicePing = Add("read_service_ping", ScopeHolder.Administrators, "Read the service ping payload.");

    static ScopeCatalog()
    {
        Includes(Api, ReadApi, CreateRunner, ManageRunner, SelfRotate, WriteRepository, WriteRegistry, ReadVirtualRegistry, WriteVirtualRegistry);
        Includes(ReadApi, ReadUser, ReadRepository, ReadRegistry);
        Includes(WriteRepository, ReadRepository);
    }

    /// <summary>Every scope, in the order of the catalog.</summary>
    public static IReadOnlyCollection<Scope> All => ByName.Values;

    /// <summary>The scope of that name, or null.</summary>
    public static Scope? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Whether a user of that sort may hold the scope.</summary>
    public static bool MayHold(Scope scope, bool isAdministrator, bool isBot) => scope.Holder switch
    {
        ScopeHolder.Anyone => true,
        ScopeHolder.People => !isBot,
        _ => isAdministrator && !isBot,
    };

    private static Scope Add(string name, ScopeHolder holder, string grants)
    {
        var bit = 1UL << ByName.Count;
        var scope = new Scope(name, holder, grants) { Bit = bit, SatisfiedBy = bit };
        ByName.Add(name, scope);
        return scope;
    }

    // GitLab's table of scopes: what `api` and `read_api` open besides their own, and that who may push may pull.
    private static void Includes(Scope wide, params ReadOnlySpan<Scope> narrow)
    {
        foreach (var scope in narrow)
            scope.SatisfiedBy |= wide.SatisfiedBy;
    }
}
