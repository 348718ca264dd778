using Dapper;
using Microsoft.AspNetCore.HttpOverrides;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Groups;
using Patrol.Server.Imports;
using Patrol.Server.Jobs;
using Patrol.Server.Members;
using Patrol.Server.Projects;
using Patrol.Server.Sessions;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Telemetry;
using Patrol.Server.Tokens;
using Patrol.Server.Users;
using Patrol.Server.Web;
using Patrol.Server.Wire;
using Patrol.Server.Wire.Atlassian;
using Patrol.Server.Wire.Doors;
using Patrol.Server.Wire.GitLab;
using Patrol.Server.Wire.Native;

namespace Patrol.Server.Start;

/// <summary>Puts the server together: what there is once, what runs beside the requests, and the way a request takes.</summary>
public static class PatrolServer
{
    private const long MostBodyBytes = 1024 * 1024;
    private const int MostHeaderBytes = 32 * 1024;

    /// <summary>Composes the server without touching its database.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configure">Replaces parts for a test, such as the clock.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        var builder = WebApplication.CreateBuilder(AtlassianOptions.Translate(args));
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter("Microsoft", LogLevel.Warning)
            // One line of our own says that nothing can be listened on.
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            // What a provider's answer lacks is said in one line of our own (ProviderSignIn).
            .AddFilter("Microsoft.AspNetCore.Authentication", LogLevel.None)
            // A form that is refused is the sender's to know.
            .AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.Error)
            // Requests have our own log; as long as this one listens, an activity is made for each.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2.5));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MostBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = MostHeaderBytes;
        });
        AddParts(builder.Services);
        configure?.Invoke(builder);
        var options = ServerOptions.Read(builder.Configuration);
        builder.Services.AddSingleton(options);
        OtlpExport.Add(builder.Services, builder.Configuration);
        builder.WebHost.UseUrls(options.Urls);
        if (options.PostgresConnection is not null)
            builder.Services.AddHostedService<PostgresListener>();

        var app = builder.Build();
        app.UseMiddleware<FaultEdge>();
        app.Use(ReadableHost.Check);
        app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost });
        // Cookies are for https alone where that is how people come, whatever the proxy before the server says.
        if (options.PublicUrl is { Scheme: "https" })
        {
            app.Use((http, next) =>
            {
                http.Request.Scheme = "https";
                return next(http);
            });
        }
        Doorway.StandBeforeRouting(app);
        app.UseWhen(http => http.Request.Path.StartsWithSegments(NativeApi.Root), native => native.UseMiddleware<NativeGate>());
        WebPages.StandBeforeRouting(app);
        app.UseRouting();
        GitLabApi.Map(app);
        AtlassianApi.Map(app);
        NativeApi.Map(app);
        app.MapOpenApi();
        HealthEndpoints.Map(app);
        Doorway.Map(app);
        WebPages.Map(app);
        return app;
    }

    /// <summary>Opens the data folder, brings the database up to date and makes the first administrator if there is none.</summary>
    /// <returns>Lines to tell whoever starts the server.</returns>
    /// <exception cref="StartException">Something is not as it must be.</exception>
    public static async Task<IReadOnlyList<string>> Prepare(WebApplication app)
    {
        var services = app.Services;
        services.GetRequiredService<DataFolder>();
        var database = services.GetRequiredService<Database>();
        try
        {
            await Migrations.Run(database);
            var feed = services.GetRequiredService<ChangeFeed>();
            foreach (var listener in services.GetServices<IChangeListener>())
                feed.Subscribe(listener);
            await services.GetRequiredService<SettingsStore>().Load();
            await services.GetRequiredService<GivenTokens>().Load();
            await services.GetRequiredService<ForeignTokens>().Load();
            return await services.GetRequiredService<FirstStart>().Run();
        }
        catch (Exception fault) when (fault.GetBaseException() is System.Data.Common.DbException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new StartException($"--database: {fault.GetBaseException().Message.ReplaceLineEndings(" ")}");
        }
    }

    private static void AddParts(IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ChangeFeed>();
        services.AddSingleton(provider => DataFolder.Open(provider.GetRequiredService<ServerOptions>().DataFolder));
        services.AddSingleton(provider => provider.GetRequiredService<DataFolder>().ReadSecret(provider.GetRequiredService<ServerOptions>().SecretFile));
        services.AddSingleton<Database>(provider => provider.GetRequiredService<ServerOptions>().PostgresConnection is { } connection
            ? new PostgresDatabase(connection, provider.GetRequiredService<ChangeFeed>())
            : new SqliteDatabase(provider.GetRequiredService<DataFolder>().DatabaseFile, provider.GetRequiredService<ChangeFeed>()));
        services.AddSingleton(provider => (PostgresDatabase)provider.GetRequiredService<Database>());
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Ban);
        services.AddSingleton(provider => provider.GetRequiredService<ServerOptions>().Atlassian);
        services.AddSingleton<FirstStart>();

        // What remembers rows hears of changes to them.
        AddListener<SettingsStore>(services);
        AddListener<GivenTokens>(services);
        AddListener<ForeignTokens>(services);
        AddListener<TokenIndex>(services);
        services.AddSingleton(provider => new TokenCache(
            provider.GetRequiredService<ServerOptions>().CachedTokens, provider.GetRequiredService<ServerOptions>().Atlassian.AuthCacheMaxItems));
        services.AddSingleton<IChangeListener>(provider => provider.GetRequiredService<TokenCache>());

        services.AddSingleton<Metrics>().AddSingleton<StoredMetrics>().AddSingleton<TokenVerifier>().AddSingleton<FailedAuthenticationBan>().AddSingleton<PathScrubber>();
        AddHosted<LastUseRecorder>(services);
        JobParts.Add(services, provider => provider.GetRequiredService<ServerOptions>().PublicUrl);
        MailOptions.AddParts(services);
        services.AddSingleton(provider => new ApiLog(
            provider.GetRequiredService<DataFolder>(), provider.GetRequiredService<ServerOptions>().Log, provider.GetRequiredService<ILogger<ApiLog>>()));
        services.AddHostedService(provider => provider.GetRequiredService<ApiLog>());

        services.AddSingleton<TokenIssuer>().AddSingleton<CreatePersonalToken>().AddSingleton<FindTokens>()
            .AddSingleton<CreateResourceToken>().AddSingleton<RotateToken>().AddSingleton<RenewToken>().AddSingleton<RetireTokens>().AddSingleton<RevokeToken>().AddSingleton<RevokeFamily>()
            .AddSingleton<CreateUnscopedToken>().AddSingleton<RevokeTokens>().AddSingleton<ImportTokens>();
        services.AddSingleton<ReadSelection>().AddSingleton<BulkChange>().AddSingleton<EndOverlongTokens>().AddSingleton<LoadOwners>().AddSingleton<FindAudit>().AddSingleton<ChangeSettings>();
        AddDirectory(services);
        GitLabApi.AddParts(services);
        AtlassianApi.AddParts(services);
        WebPages.AddParts(services);
        services.AddProblemDetails().AddOpenApi("v1");
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, NativeJson.Default);
            json.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.Converters.Add(new UtcInstantConverter());
            json.SerializerOptions.Converters.Add(new StorableTextConverter());
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow;
        });
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        Doorway.AddParts(services);
    }

    private static void AddDirectory(IServiceCollection services)
    {
        services.AddSingleton<CheckPassword>().AddSingleton<OpenSession>().AddSingleton<ReadSession>().AddSingleton<CloseSession>();
        services.AddSingleton<ReadUser>().AddSingleton<ListUsers>().AddSingleton<CreateUser>().AddSingleton<UpdateUser>().AddSingleton<ChangePassword>().AddSingleton<BlockUser>().AddSingleton<DeleteUser>();
        services.AddSingleton<ListGroups>().AddSingleton<ListNamespaces>().AddSingleton<CreateGroup>().AddSingleton<UpdateGroup>().AddSingleton<DeleteGroup>();
        services.AddSingleton<ReadProject>().AddSingleton<ListProjects>().AddSingleton<CreateProject>().AddSingleton<UpdateProject>().AddSingleton<DeleteProject>();
        services.AddSingleton<FindResource>().AddSingleton<ListMembers>().AddSingleton<ListMemberships>().AddSingleton<AddMember>().AddSingleton<ChangeMember>().AddSingleton<RemoveMember>()
            .AddSingleton<ListAssociations>();
    }

    private static void AddListener<T>(IServiceCollection services)
        where T : class, IChangeListener
    {
        services.AddSingleton<T>();
        services.AddSingleton<IChangeListener>(provider => provider.GetRequiredService<T>());
    }

    private static void AddHosted<T>(IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
