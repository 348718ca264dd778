using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Patrol.AspNetCore;

/// <summary>Adds Patrol to a service's authentication.</summary>
public static class PatrolAuthenticationExtensions
{
    /// <summary>Authenticates with Patrol's tokens under the scheme <see cref="PatrolDefaults.AuthenticationScheme"/>.</summary>
    /// <param name="builder">The service's authentication.</param>
    /// <param name="configure">Sets the options, which are checked when the service starts.</param>
    /// <returns>The same.</returns>
    public static AuthenticationBuilder AddPatrol(this AuthenticationBuilder builder, Action<PatrolOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(provider => provider.GetRequiredKeyedService<PatrolVerifier>(PatrolDefaults.AuthenticationScheme));
        return builder.AddPatrol(PatrolDefaults.AuthenticationScheme, configure);
    }

    /// <summary>Authenticates with Patrol's tokens under a scheme of that name, such as a second authority's.</summary>
    /// <param name="builder">The service's authentication.</param>
    /// <param name="scheme">The scheme's name.</param>
    /// <param name="configure">Sets the options, which are checked when the service starts.</param>
    /// <returns>The same.</returns>
    public static AuthenticationBuilder AddPatrol(this AuthenticationBuilder builder, string scheme, Action<PatrolOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ArgumentNullException.ThrowIfNull(configure);
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<PatrolOptions>>(new PatrolOptionsCheck(scheme));
        services.AddOptions<PatrolOptions>(scheme).ValidateOnStart();
        services.AddKeyedSingleton(scheme, (provider, _) => new PatrolParts(
            scheme, provider.GetRequiredService<IOptionsMonitor<PatrolOptions>>().Get(scheme), provider.GetRequiredService<ILoggerFactory>().CreateLogger("Patrol.AspNetCore")));
        services.AddKeyedSingleton(scheme, (provider, _) => provider.GetRequiredKeyedService<PatrolParts>(scheme).Verifier);
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<PatrolParts>(scheme).Listener);
        return builder.AddScheme<PatrolOptions, PatrolHandler>(scheme, configure);
    }
}
