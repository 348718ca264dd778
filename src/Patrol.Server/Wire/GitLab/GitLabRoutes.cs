using Patrol.Core.Scopes;

namespace Patrol.Server.Wire.GitLab;

/// <summary>Does one endpoint's work.</summary>
internal delegate Task<Answer> GitLabHandler(GitLabRequest request);

/// <summary>Who may call an endpoint at all, before its own rules.</summary>
/// <param name="Scopes">Scopes that open it besides <c>api</c> (and <c>read_api</c> for reading).</param>
/// <param name="ReadScopes">Scopes that open it for GET and HEAD only.</param>
/// <param name="AnyScope">A token with any scope at all may call it.</param>
/// <param name="Anonymous">Callers without a token may, too.</param>
internal sealed record GitLabAccess(Scope[] Scopes, Scope[] ReadScopes, bool AnyScope = false, bool Anonymous = false)
{
    // Stands first: the values below are made with it.
    private static readonly ulong ReadMask = ScopeCatalog.Api.Bit | ScopeCatalog.ReadApi.Bit;

    public static readonly GitLabAccess Default = new([], []);

    /// <summary>The users API: <c>read_user</c> reads it.</summary>
    public static readonly GitLabAccess Users = new([], [ScopeCatalog.ReadUser]);

    public static readonly GitLabAccess SelfRotation = new([ScopeCatalog.SelfRotate], []);

    public static readonly GitLabAccess AnyToken = new([], [], AnyScope: true);

    public static readonly GitLabAccess Public = new([], [], Anonymous: true);

    private readonly ulong read = Mask(Scopes) | Mask(ReadScopes) | ReadMask;
    private readonly ulong write = Mask(Scopes) | ScopeCatalog.Api.Bit;

    /// <summary>What an insufficient token is told: every scope of the endpoint's class, then the API's own, whatever the method.</summary>
    public string Wanted { get; } = string.Join(' ', Scopes.Where(scope => scope == ScopeCatalog.SelfRotate).Select(_ => "api self_rotate")
        .Concat(ReadScopes.Select(scope => scope.Name)).Append("api read_api"));

    public bool Opens(ScopeSet scopes, string method) =>
        AnyScope || scopes.HasAny(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? read : write);

    private static ulong Mask(Scope[] scopes) => scopes.Aggregate(0UL, (mask, scope) => mask | scope.Bit);
}

/// <summary>
/// The table of the GitLab API: each line of it maps a method and a path below <c>/api/v4</c> to a handler.
/// GET endpoints answer HEAD as well.
/// </summary>
internal sealed class GitLabRoutes(IEndpointRouteBuilder endpoints, GitLabGate gate)
{
    public const string Root = "/api/v4";

    public void Get(string path, GitLabHandler handler, GitLabAccess? access = null) =>
        Map([HttpMethods.Get, HttpMethods.Head], path, handler, access);

    public void Post(string path, GitLabHandler handler, GitLabAccess? access = null) => Map([HttpMethods.Post], path, handler, access);

    public void Put(string path, GitLabHandler handler, GitLabAccess? access = null) => Map([HttpMethods.Put], path, handler, access);

    public void Delete(string path, GitLabHandler handler, GitLabAccess? access = null) => Map([HttpMethods.Delete], path, handler, access);

    private void Map(string[] methods, string path, GitLabHandler handler, GitLabAccess? access)
    {
        var route = $"/api/:version{path.Replace("{", ":", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)}";
        endpoints.MapMethods(Root + path, methods, http => gate.Handle(http, route, access ?? GitLabAccess.Default, handler))
            .ExcludeFromDescription();
    }
}
