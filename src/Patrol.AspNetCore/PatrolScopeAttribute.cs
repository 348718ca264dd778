using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Patrol.Core.Scopes;

namespace Patrol.AspNetCore;

/// <summary>
/// Opens a controller, action or endpoint to tokens that satisfy every one of these scopes, each by itself or by a wider one.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class PatrolScopeAttribute : AuthorizeAttribute, IAuthorizationRequirementData
{
    /// <summary>Names the scopes.</summary>
    /// <param name="scopes">Their names, such as <c>read_api</c>.</param>
    /// <exception cref="ArgumentException">There are none, or there is no scope of one of the names.</exception>
    public PatrolScopeAttribute(params string[] scopes) => Requirement = new PatrolScopeRequirement(scopes);

    /// <summary>The scopes' names.</summary>
    public IReadOnlyList<string> Scopes => Requirement.Scopes;

    internal PatrolScopeRequirement Requirement { get; }

    /// <inheritdoc/>
    public IEnumerable<IAuthorizationRequirement> GetRequirements() => [Requirement];

    internal static Scope Find(string name) => ScopeCatalog.Find(name) ??
        throw new ArgumentException($"There is no scope '{name}'; the scopes are {string.Join(", ", ScopeCatalog.All.Select(scope => scope.Name))}.", nameof(name));
}

/// <summary>The same as a requirement of policies. It needs no handler: it decides itself.</summary>
public sealed class PatrolScopeRequirement : AuthorizationHandler<PatrolScopeRequirement>, IAuthorizationRequirement
{
    private readonly Scope[] scopes;

    /// <summary>Names the scopes, each of which a token must satisfy, by itself or by a wider one.</summary>
    /// <param name="scopes">Their names, such as <c>read_api</c>.</param>
    /// <exception cref="ArgumentException">There are none, or there is no scope of one of the names.</exception>
    public PatrolScopeRequirement(params string[] scopes)
    {
        ArgumentNullException.ThrowIfNull(scopes);
        this.scopes = scopes.Length > 0 ? Array.ConvertAll(scopes, PatrolScopeAttribute.Find) : throw new ArgumentException("Name at least one scope.", nameof(scopes));
        Scopes = Array.ConvertAll(this.scopes, scope => scope.Name);
    }

    /// <summary>The scopes' names.</summary>
    public IReadOnlyList<string> Scopes { get; }

    /// <inheritdoc/>
    public override string ToString() => $"Patrol's scopes: {string.Join(' ', Scopes)}";

    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, PatrolScopeRequirement requirement)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(requirement);
        if (requirement.IsSatisfiedBy(context.User))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    internal bool IsSatisfiedBy(ClaimsPrincipal user)
    {
        var held = ScopeSet.FromStored(string.Join(' ', user.FindAll(PatrolClaims.Scope).Select(claim => claim.Value)));
        return Array.TrueForAll(scopes, scope => held.HasAny(scope.SatisfiedBy));
    }
}

/// <summary>Scopes where endpoints and policies are made.</summary>
public static class PatrolScopeExtensions
{
    /// <summary>Opens endpoints to tokens that satisfy every one of these scopes, each by itself or by a wider one.</summary>
    /// <param name="builder">The endpoint, or a group of them.</param>
    /// <param name="scopes">The scopes' names, such as <c>read_api</c>.</param>
    /// <returns>The same.</returns>
    /// <exception cref="ArgumentException">There are none, or there is no scope of one of the names.</exception>
    public static TBuilder RequirePatrolScope<TBuilder>(this TBuilder builder, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new PatrolScopeAttribute(scopes));

    /// <summary>Lets a policy ask for every one of these scopes, each by itself or by a wider one.</summary>
    /// <param name="builder">The policy.</param>
    /// <param name="scopes">The scopes' names, such as <c>read_api</c>.</param>
    /// <returns>The same.</returns>
    /// <exception cref="ArgumentException">There are none, or there is no scope of one of the names.</exception>
    public static AuthorizationPolicyBuilder RequirePatrolScope(this AuthorizationPolicyBuilder builder, params string[] scopes)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddRequirements(new PatrolScopeRequirement(scopes));
    }
}
