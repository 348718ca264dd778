using Patrol.Server.Clients;
using Patrol.Server.Members;
using Patrol.Server.Registry;
using Patrol.Server.Start;
using Patrol.Server.Storage;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// The doors: where other people's services ask whether a token may do something. <c>/auth/verify</c> for any service and proxy,
/// <c>/auth/git</c> for Git over HTTP,
/// <c>/jwt/auth</c> for container registries, <c>/oauth/introspect</c> for services with credentials of their own. They parse, ask <see cref="DoorGuard"/> and answer in headers.
/// </summary>
internal static class Doorway
{
    public static void AddParts(IServiceCollection services)
    {
        services.AddSingleton(provider => Read(provider.GetRequiredService<ServerOptions>().DoorsFile));
        AddListener<RememberedAccess>(services);
        AddListener<KnownClients>(services);
        AddListener<SigningKeys>(services);
        AddListener<RevocationFeed>(services);
        services.AddSingleton<CreateClient>().AddSingleton<RevokeClient>().AddSingleton<ClientGate>();
        services.AddSingleton<DoorGuard>().AddSingleton<DoorAnswers>().AddSingleton<VerifyDoor>().AddSingleton<GitDoor>().AddSingleton<RegistryDoor>().AddSingleton<IntrospectDoor>().AddSingleton<ExplainDoors>();
    }

    /// <summary>What is asked most stands before routing.</summary>
    public static void StandBeforeRouting(WebApplication app)
    {
        app.Services.GetRequiredService<VerifyDoor>().StandBeforeRouting(app);
        app.Services.GetRequiredService<IntrospectDoor>().StandBeforeRouting(app);
    }

    public static void Map(WebApplication app)
    {
        app.Services.GetRequiredService<VerifyDoor>().Map(app);
        app.Services.GetRequiredService<GitDoor>().Map(app);
        app.Services.GetRequiredService<RegistryDoor>().Map(app);
        app.Services.GetRequiredService<IntrospectDoor>().Map(app);
        app.Services.GetRequiredService<RevocationFeed>().Map(app);
    }

    private static void AddListener<T>(IServiceCollection services)
        where T : class, IChangeListener
    {
        services.AddSingleton<T>();
        services.AddSingleton<IChangeListener>(provider => provider.GetRequiredService<T>());
    }

    /// <exception cref="StartException">The file is wrong or cannot be read.</exception>
    private static DoorsSettings Read(string? file)
    {
        try
        {
            return file is null ? DoorsSettings.None : DoorsFile.Read(file);
        }
        catch (DoorsFileException wrong)
        {
            throw new StartException($"--doors: {wrong.Message}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"--doors: {file} cannot be read: {fault.Message}");
        }
    }
}
